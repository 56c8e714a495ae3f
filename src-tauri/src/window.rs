//! The window: made when it is wanted, and gone, with its web engine, when it is closed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use scrollback_engine::paths::DataDir;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Manager as _, RunEvent, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent,
};

use crate::app::{App, Wish};
use crate::commands as page;
use crate::ipc::OnClose;
#[cfg(target_os = "linux")]
use crate::webview;
use crate::{launch, paint};

const LABEL: &str = "main";

/// Runs the system's event loop to the end of the app, and fulfils a first wish at once.
pub fn run(app: &Arc<App>, first: Option<Wish>, wishes: Receiver<Wish>) {
    // Nothing of it is of use to another run. There may be nothing.
    let _ = std::fs::remove_dir_all(web_data(app));
    let watched = Arc::clone(app);
    let built = tauri::Builder::default()
        .manage(Arc::clone(app))
        .invoke_handler(tauri::generate_handler![
            page::status_snapshot,
            page::status_subscribe,
            page::status_unsubscribe,
            page::events,
            page::projects,
            page::sessions,
            page::reading::open_session,
            page::reading::cards,
            page::reading::whole_block,
            page::reading::picture,
            page::reading::find,
            page::reading::copy_message,
            page::reading::copy_resume,
            page::reading::open_folder,
            page::reading::open_link,
            page::reading::pin,
            page::reading::pinned,
            page::reading::export_session,
            page::search,
            page::facets,
            page::remember,
            page::searches,
            page::sql::sql,
            page::sql::sql_views,
            page::sql::search_as_sql,
            page::pause,
            page::resume,
            page::rescan,
            page::restart_engine,
            page::begin,
            page::settings,
            page::change_settings,
            page::set_autostart,
            page::add_source,
            page::remove_source,
            page::reveal,
            page::check,
            page::back_up,
            page::report,
            page::copy,
            page::ui_ready,
            page::ui_error,
            page::quit,
        ])
        .on_window_event(move |_, event| {
            if matches!(event, WindowEvent::Destroyed) {
                closed(&watched);
            }
        })
        .build(tauri::generate_context!());
    let built = match built {
        Ok(built) => built,
        Err(error) => {
            tracing::error!(%error, "no window can be shown");
            eprintln!("scrollback-desktop: no window can be shown: {error}");
            return app.end();
        }
    };
    #[cfg(not(target_os = "linux"))]
    crate::verdict::start(app, crate::tray::raise(app, built.handle()));
    if let Some(Wish::Open(route)) = first {
        show(built.handle(), app, route);
    }
    forward(built.handle().clone(), Arc::clone(app), wishes);
    let app = Arc::clone(app);
    built.run(move |_, event| match event {
        // Without a code: the last window was closed. The tray stays.
        RunEvent::ExitRequested {
            code: None, api, ..
        } => api.prevent_exit(),
        RunEvent::Exit => app.end(),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for url in urls {
                app.open_at(&crate::launch::route_of(url.as_str()));
            }
        }
        _ => {}
    });
}

/// Brings wishes to the thread that may touch windows.
fn forward(handle: AppHandle, app: Arc<App>, wishes: Receiver<Wish>) {
    let forwarding = move || {
        for wish in wishes {
            match wish {
                Wish::Quit => handle.exit(0),
                Wish::Open(route) => {
                    let (there, app) = (handle.clone(), Arc::clone(&app));
                    if handle
                        .run_on_main_thread(move || show(&there, &app, route))
                        .is_err()
                    {
                        return;
                    }
                }
            }
        }
    };
    let thread = std::thread::Builder::new().name("wishes".into());
    if let Err(error) = thread.spawn(forwarding) {
        tracing::error!(%error, "no thread for wishes");
    }
}

fn show(handle: &AppHandle, app: &Arc<App>, route: Option<String>) {
    if let Some(window) = handle.get_webview_window(LABEL) {
        if let Some(route) = route {
            app.go(route);
        }
        // A window manager may refuse each of these.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
        return;
    }
    app.set_has_window(true);
    let route = route.unwrap_or_else(launch::home);
    let page = WebviewUrl::App(format!("index.html{route}").into());
    let made = WebviewWindowBuilder::new(handle, LABEL, page)
        .title("Scrollback")
        .inner_size(1100.0, 720.0)
        .min_inner_size(720.0, 480.0)
        // A page that keeps nothing (incognito) stays blank from the second one on: Tauri tells only
        // the first where the files of the page are.
        .data_directory(web_data(app))
        .devtools(cfg!(debug_assertions))
        .disable_drag_drop_handler()
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build();
    match made {
        Ok(window) => {
            paint::watch(app);
            #[cfg(target_os = "linux")]
            webview::prepare(&window, app);
            #[cfg(not(target_os = "linux"))]
            let _ = window;
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be made");
            app.set_has_window(false);
            app.set_window_blank(true);
        }
    }
}

/// The page's own address, and no other.
fn is_ours(url: &Url) -> bool {
    let is_built = url.scheme() == "tauri" && url.host_str() == Some("localhost")
        || url.host_str() == Some("tauri.localhost");
    let is_served = cfg!(not(feature = "custom-protocol"))
        && (url.host_str(), url.port()) == (Some("localhost"), Some(1420));
    is_built || is_served
}

/// Where the web engine keeps what it wants to.
fn web_data(app: &App) -> PathBuf {
    DataDir::new(app.config().data_dir).web_data()
}

fn closed(app: &App) {
    app.set_has_window(false);
    if app.desktop().on_close == OnClose::Quit {
        app.quit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shows_nothing_but_its_own_page() {
        let is_ours = |url: &str| is_ours(&url.parse().expect("an address"));
        assert!(is_ours("tauri://localhost/index.html#/status"));
        assert!(is_ours("http://tauri.localhost/"));
        for other in [
            "https://example.org/",
            "http://localhost/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "tauri://example.org/",
            "about:blank",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
