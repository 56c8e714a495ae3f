//! A tray host: what a panel is to the app. Reads the icon, its tooltip and its menu over D-Bus.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use zbus::blocking::{Connection, Proxy, connection, proxy};
use zbus::zvariant::{OwnedValue, Structure, Value};

use super::desk::{Desk, wait};

type Items = Arc<Mutex<Vec<(String, String)>>>;

struct Watcher(Items);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: zbus::message::Header<'_>,
    ) {
        let sender = header.sender().expect("a sender").to_string();
        let item = if service.starts_with('/') {
            (sender, service)
        } else {
            (service, "/StatusNotifierItem".into())
        };
        self.0.lock().expect("whole").push(item);
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let items = self.0.lock().expect("whole");
        items
            .iter()
            .map(|(service, path)| format!("{service}{path}"))
            .collect()
    }
}

/// A row of the menu.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    id: i32,
    pub label: String,
    pub is_enabled: bool,
    pub is_checked: bool,
}

/// The panel.
pub struct Panel {
    connection: Connection,
    items: Items,
}

impl Panel {
    /// A panel on this desktop, before or after the app.
    pub fn on(desk: &Desk) -> Self {
        let items = Items::default();
        let builder = connection::Builder::address(desk.bus.as_str()).expect("an address");
        let connection = builder
            .serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items)))
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .and_then(connection::Builder::build)
            .expect("a panel");
        Self { connection, items }
    }

    /// Items that were put into it so far.
    pub fn count(&self) -> usize {
        self.items.lock().expect("whole").len()
    }

    fn proxy(&self, path: Option<String>, interface: &'static str) -> Proxy<'static> {
        let last = || self.items.lock().expect("whole").last().cloned();
        let (service, item) = wait("an icon in the tray", last);
        proxy::Builder::new(&self.connection)
            .destination(service)
            .and_then(|builder| builder.path(path.unwrap_or(item)))
            .and_then(|builder| builder.interface(interface))
            .expect("an item")
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .expect("a proxy")
    }

    fn item(&self) -> Proxy<'static> {
        self.proxy(None, "org.kde.StatusNotifierItem")
    }

    /// `Active` or `NeedsAttention`.
    pub fn attention(&self) -> String {
        self.item().get_property("Status").expect("a status")
    }

    /// The sentence under the pointer.
    pub fn tooltip(&self) -> String {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let value: OwnedValue = self.item().get_property("ToolTip").expect("a tooltip");
        let structure = Structure::try_from(value).expect("a structure");
        let (_, _, _, description) = ToolTip::try_from(structure).expect("a tooltip");
        description
    }

    /// Which picture is shown, by the name of its file.
    pub fn icon(&self) -> String {
        let shown: Vec<(i32, i32, Vec<u8>)> =
            self.item().get_property("IconPixmap").expect("pictures");
        let (_, _, shown) = shown
            .iter()
            .find(|(width, ..)| *width == 22)
            .expect("22 pixels");
        let names = [
            "live",
            "idle",
            "catching_up",
            "degraded",
            "stalled",
            "paused",
            "off",
        ];
        let found = names.iter().find(|name| picture(name) == *shown);
        (*found.expect("one of ours")).to_owned()
    }

    /// A click on the icon.
    pub fn click(&self) {
        self.item()
            .call_method("Activate", &(0, 0))
            .expect("clicked");
    }

    /// The rows of the menu, those of submenus after their own.
    pub fn rows(&self) -> Vec<Row> {
        let menu: zbus::zvariant::OwnedObjectPath =
            self.item().get_property("Menu").expect("a menu");
        let menu = self.proxy(Some(menu.to_string()), "com.canonical.dbusmenu");
        type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let (_, root): (u32, Node) = menu
            .call("GetLayout", &(0, -1, Vec::<&str>::new()))
            .expect("a layout");
        let mut rows = Vec::new();
        let mut left: Vec<Node> = vec![root];
        while let Some((id, properties, children)) = left.pop() {
            let text = |name: &str| {
                properties
                    .get(name)
                    .and_then(|v| String::try_from(v.clone()).ok())
            };
            let flag = |name: &str| {
                properties
                    .get(name)
                    .and_then(|v| bool::try_from(v.clone()).ok())
            };
            let number = |name: &str| {
                properties
                    .get(name)
                    .and_then(|v| i32::try_from(v.clone()).ok())
            };
            rows.push(Row {
                id,
                label: text("label").unwrap_or_default().replace("__", "_"),
                is_enabled: flag("enabled").unwrap_or(true),
                is_checked: number("toggle-state") == Some(1),
            });
            for child in children.into_iter().rev() {
                let child = Structure::try_from(Value::from(child)).expect("a row");
                left.push(Node::try_from(child).expect("a row"));
            }
        }
        rows.retain(|row| !row.label.is_empty());
        rows
    }

    /// The row with this label.
    pub fn row(&self, label: &str) -> Option<Row> {
        self.rows().into_iter().find(|row| row.label == label)
    }

    /// Chooses a row of the menu, once it is there.
    pub fn choose(&self, label: &str) {
        let row = wait(&format!("the row {label}"), || self.row(label));
        assert!(row.is_enabled, "{row:?}");
        let menu: zbus::zvariant::OwnedObjectPath =
            self.item().get_property("Menu").expect("a menu");
        let menu = self.proxy(Some(menu.to_string()), "com.canonical.dbusmenu");
        // One that quits may be gone before it answers.
        let _ = menu.call_method("Event", &(row.id, "clicked", Value::from(0), 0u32));
    }
}

/// The pixels of a picture as the protocol has them: opacity first.
fn picture(name: &str) -> Vec<u8> {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "icons/tray",
        &format!("{name}-22.png"),
    ]
    .iter()
    .collect();
    let file = BufReader::new(File::open(path).expect("a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a frame");
    pixels.truncate(info.buffer_size());
    pixels
        .chunks_exact_mut(4)
        .for_each(|pixel| pixel.rotate_right(1));
    pixels
}

type Notes = Arc<Mutex<Vec<(String, String)>>>;

struct Notifications(Notes);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "so the protocol has it")]
    fn notify(
        &self,
        _app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut notes = self.0.lock().expect("whole");
        notes.push((summary, body));
        notes.len() as u32
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".into(), "body".into()]
    }

    fn close_notification(&self, _id: u32) {}

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".into(), "test".into(), "1".into(), "1.2".into())
    }
}

/// The desktop's notification service.
pub struct Notified {
    connection: Connection,
    notes: Notes,
}

impl Notified {
    pub fn on(desk: &Desk) -> Self {
        let notes = Notes::default();
        let builder = connection::Builder::address(desk.bus.as_str()).expect("an address");
        let connection = builder
            .serve_at(
                "/org/freedesktop/Notifications",
                Notifications(Arc::clone(&notes)),
            )
            .and_then(|builder| builder.name("org.freedesktop.Notifications"))
            .and_then(connection::Builder::build)
            .expect("a service");
        Self { connection, notes }
    }

    /// Title and text of every notification so far.
    pub fn all(&self) -> Vec<(String, String)> {
        self.notes.lock().expect("whole").clone()
    }

    /// A click on the first one.
    pub fn click(&self) {
        let signal = self.connection.emit_signal(
            None::<&str>,
            "/org/freedesktop/Notifications",
            "org.freedesktop.Notifications",
            "ActionInvoked",
            &(1u32, "default"),
        );
        signal.expect("clicked");
    }
}
