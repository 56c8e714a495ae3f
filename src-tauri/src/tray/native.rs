//! macOS and Windows: the tray of Tauri, which needs the system's event loop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tauri::image::Image;
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use super::icons::{Picture, pictures};
use super::menu::{Action, Row, rows};
use super::{Face, Icon, Tray};
use crate::app::App;

/// Longest tooltip that Windows shows.
const TOOLTIP: usize = 127;

/// What the rows do, by the names of their items.
type Actions = Arc<Mutex<HashMap<String, Action>>>;

/// Puts the icon into the tray.
pub fn raise(app: &Arc<App>, handle: &AppHandle) -> Option<Box<dyn Tray>> {
    match build(app, handle) {
        Ok(raised) => Some(Box::new(raised)),
        Err(error) => {
            tracing::warn!(%error, "no tray");
            app.has_no_tray();
            None
        }
    }
}

fn build(app: &Arc<App>, handle: &AppHandle) -> tauri::Result<Raised> {
    let menu = Menu::new(handle)?;
    let actions = Actions::default();
    let (opener, actor, chosen) = (Arc::clone(app), Arc::clone(app), Arc::clone(&actions));
    let icon = TrayIconBuilder::with_id("scrollback")
        .tooltip("Scrollback")
        .menu(&menu)
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_tray_icon_event(move |_, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
                && cfg!(windows)
            {
                opener.open();
            }
        })
        .on_menu_event(move |_, event| {
            let chosen = chosen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(action) = chosen.get(event.id().as_ref()).cloned() {
                let app = Arc::clone(&actor);
                std::thread::spawn(move || app.act(&action));
            }
        })
        .build(handle)?;
    Ok(Raised {
        handle: handle.clone(),
        icon,
        menu,
        kept: Vec::new(),
        actions,
        shown: None,
    })
}

struct Raised {
    handle: AppHandle,
    icon: TrayIcon,
    menu: Menu<Wry>,
    kept: Vec<Kept>,
    actions: Actions,
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
    fn change(&mut self, face: &Face) -> tauri::Result<()> {
        if self.shown.as_ref().map(|shown| shown.icon) != Some(face.icon)
            && let Some(image) = image(face.icon)
        {
            self.icon
                .set_icon_with_as_template(Some(image), !face.icon.asks_for_a_look())?;
        }
        self.icon.set_tooltip(Some(
            face.sentence.chars().take(TOOLTIP).collect::<String>(),
        ))?;
        let mut actions = HashMap::new();
        let fitting = Fitting {
            handle: &self.handle,
            actions: &mut actions,
        };
        fitting.fit(&Holder::Menu(&self.menu), &mut self.kept, &rows(face), "")?;
        *self.actions.lock().unwrap_or_else(PoisonError::into_inner) = actions;
        Ok(())
    }
}

/// An item of the menu. It stays, and its words change: the menu may be open.
enum Kept {
    Item(MenuItem<Wry>),
    Check(CheckMenuItem<Wry>),
    More(Submenu<Wry>, Vec<Self>),
    Line(PredefinedMenuItem<Wry>),
}

/// What holds items.
enum Holder<'a> {
    Menu(&'a Menu<Wry>),
    More(&'a Submenu<Wry>),
}

impl Holder<'_> {
    fn insert(&self, item: &dyn IsMenuItem<Wry>, at: usize) -> tauri::Result<()> {
        match self {
            Self::Menu(menu) => menu.insert(item, at),
            Self::More(more) => more.insert(item, at),
        }
    }

    fn remove(&self, at: usize) -> tauri::Result<()> {
        match self {
            Self::Menu(menu) => menu.remove_at(at).map(drop),
            Self::More(more) => more.remove_at(at).map(drop),
        }
    }
}

/// Makes items say what rows say.
struct Fitting<'a> {
    handle: &'a AppHandle,
    actions: &'a mut HashMap<String, Action>,
}

impl Fitting<'_> {
    fn fit(
        mut self,
        holder: &Holder<'_>,
        kept: &mut Vec<Kept>,
        rows: &[Row],
        place: &str,
    ) -> tauri::Result<()> {
        for (at, row) in rows.iter().enumerate() {
            let id = format!("{place}{at}");
            if !kept.get(at).is_some_and(|item| item.is_for(row)) {
                if at < kept.len() {
                    holder.remove(at)?;
                    kept.remove(at);
                }
                let new = Kept::new(self.handle, &id, row)?;
                holder.insert(new.item(), at)?;
                kept.insert(at, new);
            }
            self.say(&mut kept[at], row, &id)?;
        }
        while kept.len() > rows.len() {
            holder.remove(kept.len() - 1)?;
            kept.pop();
        }
        Ok(())
    }

    fn say(&mut self, item: &mut Kept, row: &Row, id: &str) -> tauri::Result<()> {
        if let Row::Do(_, action) | Row::Check(_, _, action) = row {
            self.actions.insert(id.to_owned(), action.clone());
        }
        match (item, row) {
            (Kept::Item(item), Row::Text(label) | Row::Do(label, _)) => {
                item.set_text(plain(label))?;
                item.set_enabled(matches!(row, Row::Do(..)))
            }
            (Kept::Check(item), Row::Check(label, is_on, _)) => {
                item.set_text(plain(label))?;
                item.set_checked(*is_on)
            }
            (Kept::More(more, kept), Row::More(label, rows)) => {
                more.set_text(plain(label))?;
                let inner = Fitting {
                    handle: self.handle,
                    actions: self.actions,
                };
                inner.fit(&Holder::More(more), kept, rows, &format!("{id}."))
            }
            _ => Ok(()),
        }
    }
}

impl Kept {
    fn new(handle: &AppHandle, id: &str, row: &Row) -> tauri::Result<Self> {
        let none = None::<&str>;
        Ok(match row {
            Row::Text(_) | Row::Do(..) => {
                Self::Item(MenuItem::with_id(handle, id, "", true, none)?)
            }
            Row::Check(..) => {
                Self::Check(CheckMenuItem::with_id(handle, id, "", true, false, none)?)
            }
            Row::More(..) => Self::More(Submenu::with_id(handle, id, "", true)?, Vec::new()),
            Row::Line => Self::Line(PredefinedMenuItem::separator(handle)?),
        })
    }

    fn is_for(&self, row: &Row) -> bool {
        matches!(
            (self, row),
            (Self::Item(_), Row::Text(_) | Row::Do(..))
                | (Self::Check(_), Row::Check(..))
                | (Self::More(..), Row::More(..))
                | (Self::Line(_), Row::Line)
        )
    }

    fn item(&self) -> &dyn IsMenuItem<Wry> {
        match self {
            Self::Item(item) => item,
            Self::Check(item) => item,
            Self::More(item, _) => item,
            Self::Line(item) => item,
        }
    }
}

/// An ampersand would mark the next letter as a key.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

fn image(icon: Icon) -> Option<Image<'static>> {
    let Picture {
        width,
        height,
        rgba,
    } = pictures(icon).pop()?;
    Some(Image::new_owned(rgba, width, height))
}
