//! The real window, driven over WebDriver by WebKit's own driver.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::runtime::Runtime;

use super::desk::{APP, Desk, wait};

/// The app with its window, and the page in it.
pub struct Page {
    runtime: Runtime,
    client: Client,
    driver: std::process::Child,
}

impl Page {
    /// Starts the app with its window.
    pub fn open(desk: &Desk, arguments: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        // Free a moment ago; a test has its port to itself unless another grabs it right now.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|it| it.local_addr())
            .expect("a port")
            .port();
        let mut command = Command::new("WebKitWebDriver");
        desk.furnish(&mut command);
        let driver = command
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver; `scripts/setup` installs it");
        let capabilities: Capabilities = serde_json::from_value(serde_json::json!({
            "webkitgtk:browserOptions": { "binary": APP, "args": arguments }
        }))
        .expect("capabilities");
        let address = format!("http://127.0.0.1:{port}");
        let client = wait("the window", || {
            runtime.block_on(async {
                let mut builder = ClientBuilder::new(HttpConnector::new());
                builder.capabilities(capabilities.clone());
                builder.connect(&address).await.ok()
            })
        });
        Self {
            runtime,
            client,
            driver,
        }
    }

    /// Everything that can be read on it.
    pub fn text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        self.run(script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until it says something.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        wait(
            &format!("the page says {text:?}; it says {:?}", self.text()),
            || self.text().contains(text).then_some(()),
        );
    }

    /// Waits until the newest event is about this file, and this count is shown.
    #[track_caller]
    pub fn wait_for_event(&self, file: &str, count: &str) {
        let script = "return document.querySelector('ul[data-rows] li')?.innerText";
        wait(&format!("an event of {file}, and {count}"), || {
            let newest = self.run(script);
            let is_there = newest.as_str()?.contains(file) && self.text().contains(count);
            is_there.then_some(())
        });
    }

    /// Runs a script and returns what it returns.
    pub fn run(&self, script: &str) -> serde_json::Value {
        let done = self
            .runtime
            .block_on(self.client.execute(script, Vec::new()));
        done.expect("the script runs")
    }

    /// Clicks what an assistive tool would find under this role and name.
    #[track_caller]
    pub fn click(&self, role: &str, name: &str) {
        let path = match role {
            "link" => format!("//a[normalize-space(.)='{name}' or @aria-label='{name}']"),
            "checkbox" => format!("//label[contains(normalize-space(.), '{name}')]"),
            _ => format!("//button[normalize-space(.)='{name}' or @aria-label='{name}']"),
        };
        self.click_at(Locator::XPath(&path));
    }

    /// Presses keys in the first element found.
    #[track_caller]
    pub fn type_in(&self, place: Locator<'_>, keys: &str) {
        let found = wait(&format!("{place:?}"), || {
            self.runtime.block_on(self.client.find(place)).ok()
        });
        self.runtime.block_on(found.send_keys(keys)).expect("typed");
    }

    /// Where the page is.
    pub fn hash(&self) -> String {
        let hash = self.run("return location.hash");
        hash.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the first element found.
    #[track_caller]
    pub fn click_at(&self, place: Locator<'_>) {
        let found = wait(&format!("{place:?}"), || {
            self.runtime.block_on(self.client.find(place)).ok()
        });
        self.runtime.block_on(found.click()).expect("clicked");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let client = self.client.clone();
        // Ends the app with the session; it may have ended before.
        let closing = async { tokio::time::timeout(Duration::from_secs(5), client.close()).await };
        let _ = self.runtime.block_on(closing);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
