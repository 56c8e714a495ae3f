//! Notifications, by the system's own service: it knows whether the user wants to be disturbed.

use std::sync::Arc;

use notify_rust::Notification;

use crate::app::App;
use crate::incidents::Note;
use crate::launch;

/// Shows a note; a click on it opens the window.
pub fn show(app: &Arc<App>, note: Note) {
    let app = Arc::clone(app);
    // Waits for the click for as long as the note is there.
    let thread = std::thread::Builder::new().name("notification".into());
    let spawned = thread.spawn(move || {
        let shown = Notification::new()
            .appname("Scrollback")
            .icon("scrollback-desktop")
            .summary(&note.title)
            .body(&note.body)
            .action("default", "Show")
            .show();
        match shown {
            Ok(handle) => when_clicked(handle, &app),
            Err(error) => tracing::warn!(%error, "no notification"),
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no notification");
    }
}

#[cfg(target_os = "linux")]
fn when_clicked(handle: notify_rust::NotificationHandle, app: &App) {
    handle.wait_for_action(|action| {
        if action == "default" {
            app.open_at(&launch::home());
        }
    });
}

#[cfg(not(target_os = "linux"))]
fn when_clicked<T>(_handle: T, _app: &App) {}
