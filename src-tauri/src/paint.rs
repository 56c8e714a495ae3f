//! Whether the page in the window paints.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;

/// A page that has not painted by then is taken to be blank.
const PAINTED: Duration = Duration::from_secs(6);

/// Blank until the page says otherwise; the menu offers a remedy once it takes too long.
pub fn watch(app: &Arc<App>) {
    let (page, app) = (app.new_page(), Arc::clone(app));
    let waiting = move || {
        std::thread::sleep(PAINTED);
        if app.is_blank(page) {
            tracing::warn!("the window stays blank");
            app.set_window_blank(true);
        }
    };
    let thread = std::thread::Builder::new().name("paint".into());
    if let Err(error) = thread.spawn(waiting) {
        tracing::warn!(%error, "nobody looks whether the window stays blank");
    }
}
