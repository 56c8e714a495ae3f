//! The windows on the display, as a window manager knows them.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, InputFocus, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::desk::{Desk, wait};

/// The keysym of Return.
const RETURN: u32 = 0xff0d;

impl Desk {
    /// Visible windows of the app.
    pub fn windows(&self) -> Vec<Window> {
        self.windows_called("Scrollback")
    }

    fn windows_called(&self, title: &str) -> Vec<Window> {
        let (display, root) = self.connect();
        let text = |window: Window, name: Atom| {
            let asked = display.get_property(false, window, name, AtomEnum::ANY, 0, 64);
            asked.ok()?.reply().ok().map(|reply| reply.value)
        };
        let is_shown = |window: Window| {
            let asked = display.get_window_attributes(window).ok()?.reply().ok()?;
            Some(asked.map_state == MapState::VIEWABLE)
        };
        let name = AtomEnum::WM_NAME.into();
        let mut found = Vec::new();
        let mut left = vec![root];
        while let Some(window) = left.pop() {
            if text(window, name).as_deref() == Some(title.as_bytes())
                && is_shown(window) == Some(true)
            {
                found.push(window);
            }
            // A window may go while we look.
            let tree = display
                .query_tree(window)
                .ok()
                .and_then(|asked| asked.reply().ok());
            left.extend(tree.into_iter().flat_map(|tree| tree.children));
        }
        found
    }

    /// Presses Return in the window with this title, once it is there.
    pub fn confirm(&self, title: &str) {
        let window = wait(title, || self.windows_called(title).pop());
        let (display, root) = self.connect();
        let keys = display.setup().min_keycode..=display.setup().max_keycode;
        let mapping = display
            .get_keyboard_mapping(*keys.start(), keys.end() - keys.start() + 1)
            .expect("asked")
            .reply()
            .expect("the keys");
        let per_key = usize::from(mapping.keysyms_per_keycode);
        let place = mapping
            .keysyms
            .chunks(per_key)
            .position(|key| key[0] == RETURN);
        let key = keys.start() + u8::try_from(place.expect("a Return key")).expect("a key");
        display
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .expect("sent");
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            display
                .xtest_fake_input(kind, key, x11rb::CURRENT_TIME, root, 0, 0, 0)
                .expect("sent");
        }
        display.sync().expect("done");
    }

    /// Closes the window as the button in its frame does.
    pub fn close_window(&self) {
        let window = self.windows().pop().expect("a window");
        let (display, _) = self.connect();
        let atom = |name: &[u8]| {
            display
                .intern_atom(false, name)
                .expect("asked")
                .reply()
                .expect("an atom")
                .atom
        };
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), data);
        display
            .send_event(false, window, EventMask::NO_EVENT, event)
            .expect("sent");
        // Answered when what was sent before has arrived.
        display
            .get_input_focus()
            .expect("asked")
            .reply()
            .expect("an answer");
    }

    fn connect(&self) -> (RustConnection, Window) {
        let (display, screen) = x11rb::connect(Some(&self.display)).expect("a display");
        let root = display.setup().roots[screen].root;
        (display, root)
    }
}
