//! macOS and Windows: the tray of Tauri, which needs the system's event loop.

use std::sync::Arc;

use tauri::image::Image;
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use super::icons::{Picture, pictures};
use super::menu::{Action, Row, rows};
use super::{Face, Icon, Tray};
use crate::app::App;

/// Pixels across that both systems scale from.
const SIZE: u32 = 32;
/// Longest tooltip that Windows shows.
const TOOLTIP: usize = 127;

/// Puts the icon into the tray.
pub fn raise(app: &Arc<App>, handle: &AppHandle) -> Option<Box<dyn Tray>> {
    let opener = Arc::clone(app);
    let built = TrayIconBuilder::with_id("scrollback")
        .tooltip("Scrollback")
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_tray_icon_event(move |_, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
                && cfg!(windows)
            {
                opener.open_home();
            }
        })
        .build(handle);
    match built {
        Ok(icon) => Some(Box::new(Raised {
            app: Arc::clone(app),
            handle: handle.clone(),
            icon,
            shown: None,
        })),
        Err(error) => {
            tracing::warn!(%error, "no tray");
            app.set_has_tray(false);
            None
        }
    }
}

struct Raised {
    app: Arc<App>,
    handle: AppHandle,
    icon: TrayIcon,
    shown: Option<Face>,
}

impl Tray for Raised {
    fn show(&mut self, face: &Face) {
        if self.shown.as_ref() == Some(face) {
            return;
        }
        if let Err(error) = self.change(face) {
            tracing::warn!(%error, "the tray could not be changed");
        }
        self.shown = Some(face.clone());
    }
}

impl Raised {
    fn change(&self, face: &Face) -> tauri::Result<()> {
        if self.shown.as_ref().map(|shown| shown.icon) != Some(face.icon)
            && let Some(image) = image(face.icon)
        {
            // A picture in one colour follows the menu bar; where colour matters it is kept.
            let is_template = matches!(
                face.icon,
                Icon::Live | Icon::Idle | Icon::Paused | Icon::Off
            );
            self.icon
                .set_icon_with_as_template(Some(image), is_template)?;
        }
        self.icon.set_tooltip(Some(
            face.sentence.chars().take(TOOLTIP).collect::<String>(),
        ))?;
        let rows = rows(face);
        let menu = Menu::new(&self.handle)?;
        let mut actions = Vec::new();
        for row in &rows {
            menu.append(self.item(row, &mut actions)?.as_ref())?;
        }
        let app = Arc::clone(&self.app);
        self.icon.on_menu_event(move |_, event| {
            let number = event.id().as_ref().parse::<usize>();
            if let Some(action) = number.ok().and_then(|number| actions.get(number)).cloned() {
                let app = Arc::clone(&app);
                std::thread::spawn(move || app.act(&action));
            }
        });
        self.icon.set_menu(Some(menu))
    }

    /// An item; its id is the place of its action in the list.
    fn item(
        &self,
        row: &Row,
        actions: &mut Vec<Action>,
    ) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
        let mut id = |action: &Action| {
            actions.push(action.clone());
            (actions.len() - 1).to_string()
        };
        Ok(match row {
            Row::Text(label) => Box::new(MenuItem::new(&self.handle, label, false, None::<&str>)?),
            Row::Do(label, action) => Box::new(MenuItem::with_id(
                &self.handle,
                id(action),
                label,
                true,
                None::<&str>,
            )?),
            Row::Check(label, is_on, action) => Box::new(CheckMenuItem::with_id(
                &self.handle,
                id(action),
                label,
                true,
                *is_on,
                None::<&str>,
            )?),
            Row::More(label, rows) => {
                let more = Submenu::new(&self.handle, label, true)?;
                for row in rows {
                    more.append(self.item(row, actions)?.as_ref())?;
                }
                Box::new(more)
            }
            Row::Line => Box::new(PredefinedMenuItem::separator(&self.handle)?),
        })
    }
}

fn image(icon: Icon) -> Option<Image<'static>> {
    let picture = pictures(icon)
        .into_iter()
        .find(|picture| picture.width == SIZE)?;
    let Picture {
        width,
        height,
        rgba,
    } = picture;
    Some(Image::new_owned(rgba, width, height))
}
