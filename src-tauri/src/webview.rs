//! What the web view of Linux is told beyond what Tauri tells it.

use std::sync::Arc;

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

use crate::app::App;
use crate::paint;

/// Sets up the web view of a window.
pub fn prepare(window: &WebviewWindow, app: &Arc<App>) {
    let app = Arc::clone(app);
    let prepared = window.with_webview(move |platform| {
        let view = platform.inner();
        // Smooth, the wheel moves less the faster it is turned (WebKit bug 258926).
        if let Some(settings) = view.settings() {
            settings.set_enable_smooth_scrolling(false);
            // Without a graphics card its work is done by a compiler in each process: seen to take
            // 70 MiB more, and longer, than drawing plainly.
            if !has_graphics_card() {
                settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            }
        }
        view.connect_web_process_terminated(move |view, reason| {
            tracing::error!(?reason, "the page's process ended");
            // One that ends before it has painted would do so again.
            if app.is_painted() {
                paint::watch(&app);
                view.reload();
            } else {
                app.set_window_blank(true);
            }
        });
    });
    if let Err(error) = prepared {
        tracing::warn!(%error, "the web view could not be set up");
    }
}

fn has_graphics_card() -> bool {
    let cards = std::fs::read_dir("/dev/dri")
        .into_iter()
        .flatten()
        .flatten();
    cards
        .map(|card| card.file_name())
        .any(|name| name.to_string_lossy().starts_with("render"))
}
