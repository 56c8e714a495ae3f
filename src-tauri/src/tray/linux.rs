//! Linux: a StatusNotifierItem over D-Bus. Tauri's own tray shows no tooltip there and hears no
//! click, and it would need the whole toolkit before there is a window.

use std::sync::Arc;

use ksni::blocking::{Handle, TrayMethods as _};
use ksni::menu::{CheckmarkItem, MenuItem, StandardItem, SubMenu};
use ksni::{Category, OfflineReason, Status, ToolTip};

use super::icons::{Picture, pictures};
use super::menu::{Action, Row, rows};
use super::{Face, Icon, Tray};
use crate::app::App;

/// Puts the icon into the tray. A panel that is not there yet is waited for; without a session bus
/// there is no tray.
pub fn raise(app: &Arc<App>) -> Option<Box<dyn Tray>> {
    let item = Item {
        app: Arc::clone(app),
        face: starting(),
    };
    match item.assume_sni_available(true).spawn() {
        Ok(handle) => Some(Box::new(Raised {
            handle,
            shown: None,
        })),
        Err(error) => {
            tracing::warn!(%error, "no tray");
            app.has_no_tray();
            None
        }
    }
}

struct Raised {
    handle: Handle<Item>,
    shown: Option<Face>,
}

impl Tray for Raised {
    fn show(&mut self, face: &Face) {
        if self.shown.as_ref() != Some(face) {
            let new = face.clone();
            self.handle.update(|item| item.face = new);
            self.shown = Some(face.clone());
        }
    }
}

struct Item {
    app: Arc<App>,
    face: Face,
}

fn starting() -> Face {
    Face {
        icon: Icon::Off,
        needs_attention: false,
        sentence: "Starting".into(),
        figures: String::new(),
        recent: Vec::new(),
        problems: 0,
        is_paused: false,
        is_running: false,
        is_ours: false,
        starts_at_login: false,
        is_window_blank: false,
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "scrollback".into()
    }

    fn title(&self) -> String {
        "Scrollback".into()
    }

    fn category(&self) -> Category {
        Category::ApplicationStatus
    }

    fn status(&self) -> Status {
        if self.face.needs_attention {
            Status::NeedsAttention
        } else {
            Status::Active
        }
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        pictures(self.face.icon).into_iter().map(pixmap).collect()
    }

    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        pictures(self.face.icon).into_iter().map(pixmap).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: "Scrollback".into(),
            description: self.face.sentence.clone(),
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.app.open();
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        rows(&self.face).into_iter().map(item).collect()
    }

    /// What is shown may be a minute old.
    fn menu_about_to_show(&mut self) {
        self.app.pulse.nudge();
    }

    fn watcher_online(&self) {
        self.app.tray_came();
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.app.tray_went();
        true
    }
}

fn item(row: Row) -> MenuItem<Item> {
    match row {
        Row::Text(label) => StandardItem {
            label: plain(&label),
            enabled: false,
            ..StandardItem::default()
        }
        .into(),
        Row::Do(label, action) => StandardItem {
            label: plain(&label),
            activate: doing(action),
            ..StandardItem::default()
        }
        .into(),
        Row::Check(label, checked, action) => CheckmarkItem {
            label: plain(&label),
            checked,
            activate: doing(action),
            ..CheckmarkItem::default()
        }
        .into(),
        Row::More(label, rows) => SubMenu {
            label: plain(&label),
            submenu: rows.into_iter().map(item).collect(),
            ..SubMenu::default()
        }
        .into(),
        Row::Line => MenuItem::Separator,
    }
}

fn doing(action: Action) -> Box<dyn Fn(&mut Item) + Send> {
    Box::new(move |item| {
        // The engine may take its time; the tray must not.
        let (app, action) = (Arc::clone(&item.app), action.clone());
        std::thread::spawn(move || app.act(&action));
    })
}

/// An underscore would mark the next letter as a key.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}

/// As the protocol wants it: opacity first.
fn pixmap(picture: Picture) -> ksni::Icon {
    let mut data = picture.rgba;
    data.chunks_exact_mut(4)
        .for_each(|pixel| pixel.rotate_right(1));
    ksni::Icon {
        width: picture.width as i32,
        height: picture.height as i32,
        data,
    }
}
