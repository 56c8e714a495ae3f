//! The windows on the display, as a window manager knows them.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

use super::desk::Desk;

impl Desk {
    /// Visible windows of the app.
    pub fn windows(&self) -> Vec<Window> {
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
            if text(window, name).as_deref() == Some(b"Scrollback")
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
