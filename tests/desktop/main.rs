//! The desktop app as its users meet it: the real program on a display and a bus of its own. A panel
//! reads its icon, tooltip and menu; WebKit's driver reads and works its window. Tray, window and
//! command line must say the same, whatever happens.

#![cfg(target_os = "linux")]

mod desk;
mod page;
mod tray;
mod windows;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use desk::{Desk, signal, wait};
use fantoccini::Locator;
use page::Page;
use rusqlite::Connection;
use tray::{Notified, Panel};

/// A sentence without what changes while one looks.
fn still(sentence: &str) -> String {
    let letters = |c: char| if c.is_ascii_digit() { '#' } else { c };
    sentence
        .chars()
        .map(letters)
        .collect::<String>()
        .replace("##", "#")
        .replace("##", "#")
}

/// Waits until tray and command line say this state, with the same sentence, and the window too.
#[track_caller]
fn agree(desk: &Desk, panel: &Panel, page: Option<&Page>, states: &[&str]) {
    let mut seen = String::new();
    let told = wait(&format!("all say {states:?}"), || {
        let status = desk.status();
        let (state, reason) = (status["state"].as_str()?, still(status["reason"].as_str()?));
        let icon = if matches!(state, "stopped" | "starting") {
            "off"
        } else {
            state
        };
        let tooltip = still(&panel.tooltip());
        let first = still(&panel.rows().first()?.label);
        let shown = page.map(|page| still(&page.text()));
        let says = |text: &str| text == reason;
        let is_same = states.contains(&state)
            && panel.icon() == icon
            && says(&tooltip)
            && says(&first)
            && shown.as_ref().is_none_or(|text| text.contains(&reason));
        let now = format!(
            "{state}: {reason} | {} {tooltip} | {first} | {shown:?}",
            panel.icon()
        );
        if now != seen {
            eprintln!("{now}");
            seen = now;
        }
        is_same.then(|| state.to_owned())
    });
    assert_eq!(panel.attention() == "NeedsAttention", told == "stalled");
}

const WELL: &[&str] = &["live", "idle"];

#[test]
fn an_empty_home_says_so_and_the_first_transcript_is_picked_up() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    let page = Page::open(&desk, &[]);
    page.wait_for("No Claude Code sessions found yet");
    agree(&desk, &panel, Some(&page), &["degraded", "idle"]);
    desk.write("garden/ada.jsonl", 1..=4);
    agree(&desk, &panel, Some(&page), WELL);
    page.wait_for("ada.jsonl");
}

#[test]
fn what_is_there_is_offered_taken_in_and_followed() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    for number in 0..300 {
        desk.write(&format!("p{}/s{number}.jsonl", number % 7), 1..=60);
    }
    let page = Page::open(&desk, &[]);
    page.wait_for("Found 300 transcripts");
    agree(&desk, &panel, Some(&page), &["stopped"]);
    assert!(
        !desk.database().exists(),
        "nothing is done before the user says so"
    );
    page.click("button", "Start");
    agree(&desk, &panel, Some(&page), WELL);
    assert_eq!(desk.status()["store"]["messages"], 300 * 60);

    // A line is a row among the events, and counted, within a second.
    page.wait_for("18,000");
    let late: Vec<Duration> = (61..=63)
        .map(|number| {
            // Not right after another one.
            std::thread::sleep(Duration::from_secs(2));
            desk.write(&format!("p{}/s{number}.jsonl", number % 7), 61..=61);
            let wrote = Instant::now();
            page.wait_for_event(
                &format!("s{number}.jsonl"),
                &format!("18,0{:02}", number - 60),
            );
            wrote.elapsed()
        })
        .collect();
    // The machine may have been busy with something else, but not each time.
    let soonest = late.iter().min().expect("three");
    assert!(*soonest <= Duration::from_secs(1), "{late:?}");
    agree(&desk, &panel, Some(&page), WELL);

    // An event leads to its session.
    page.click_at(Locator::Css("ul[data-rows] a"));
    page.wait_for("s63 says word61");
}

#[test]
fn real_transcripts_are_caught_up_with_before_anything_else_is_said() {
    let Some(corpus) = std::env::var_os("SCROLLBACK_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: no corpus of real transcripts (SCROLLBACK_CORPUS)");
        return;
    };
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.copy_transcripts(&corpus.join("claude-code/projects"), 6);
    let page = Page::open(&desk, &[]);
    page.wait_for("Found");
    page.click("button", "Start");
    let mut icons = vec!["off".to_owned()];
    wait("it is caught up", || {
        let icon = panel.icon();
        let is_done = WELL.contains(&icon.as_str());
        if icons.last() != Some(&icon) {
            icons.push(icon);
        }
        is_done.then_some(())
    });
    let of_use: Vec<&str> = icons.iter().map(String::as_str).collect();
    assert_eq!(of_use[..2], ["off", "catching_up"], "{icons:?}");
    agree(&desk, &panel, Some(&page), WELL);
    assert_eq!(desk.cli(&["verify"]).0, Some(0));
}

#[test]
fn a_transcript_that_means_harm_runs_nothing_and_asks_nobody() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a server");
    server.set_nonblocking(true).expect("set");
    let address = format!("http://{}/x", server.local_addr().expect("an address"));
    let desk = Desk::new();
    let _panel = Panel::on(&desk);
    let harm = [
        "<script>window.pwned = 1</script>".to_owned(),
        format!("<img src=\"{address}\" onerror=\"window.pwned = 1\">"),
        format!("![a picture]({address}) [a link](javascript:window.pwned=1)"),
        format!("<iframe src=\"{address}\"></iframe><link rel=stylesheet href=\"{address}\">"),
    ];
    desk.say("garden/evil.jsonl", &harm);
    desk.cli(&["sync"]);
    let page = Page::open(&desk, &["scrollback://session/evil"]);
    page.wait_for("a picture");
    // What no transcript can do, the policy refuses all the same.
    let script = format!(
        "window.asked = 'no answer';
         fetch('{address}').then(() => window.asked = 'answered', () => window.asked = 'refused');
         new Image().src = '{address}';"
    );
    page.run(&script);
    wait("the policy refuses", || {
        (page.run("return window.asked") == "refused").then_some(())
    });
    assert!(page.run("return window.pwned === undefined").as_bool() == Some(true));
    let asked = server.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock), "nobody came");
}

#[test]
fn what_was_said_is_found_read_and_followed() {
    const FIELD: Locator<'static> = Locator::Css("input[type=search]");
    const CTRL_K: &str = "\u{e009}k\u{e000}";
    const ENTER: &str = "\u{e007}";
    let desk = Desk::new();
    let _panel = Panel::on(&desk);
    let say = |name, texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        desk.say(name, &texts);
    };
    say(
        "garden/ada.jsonl",
        &["the pump runs", "a hose leaks", "pump and hose"],
    );
    say("garden/bob.jsonl", &["a pump as well"]);
    desk.cli(&["sync"]);
    let page = Page::open(&desk, &["scrollback://search"]);
    // As it is typed, with a part taken out again.
    page.type_in(FIELD, "pump -hose");
    page.wait_for("2 hits in 2 sessions");
    page.click("button", "Remove -hose");
    page.wait_for("3 hits in 2 sessions");
    // Nothing is silent.
    page.run("location.hash = '#/search?q=ump'");
    page.wait_for("it within a word");
    // To the message, with what matches marked, and back to the same hits.
    page.click_at(Locator::Css(".hits [data-row]"));
    page.wait_for("a hose leaks");
    assert!(page.hash().contains("m="), "{}", page.hash());
    let marked = "return [...(CSS.highlights?.values() ?? [])].some((one) => one.size > 0)
                  || document.querySelector('article mark') !== null";
    wait("the match is marked", || {
        (page.run(marked) == true).then_some(())
    });
    page.type_in(Locator::Css("body"), "\u{e00c}");
    page.wait_for("3 hits in 2 sessions");
    assert!(page.hash().starts_with("#/search"), "{}", page.hash());
    // By the keyboard alone: to the session, and to a word in it.
    const PALETTE: Locator<'static> = Locator::Css("dialog input");
    page.type_in(Locator::Css("body"), CTRL_K);
    page.type_in(PALETTE, "bob");
    let chosen = "return document.querySelector('dialog [aria-selected=true] bdi')?.innerText";
    wait("the session", || {
        (page.run(chosen) == "a pump as well").then_some(())
    });
    page.type_in(PALETTE, ENTER);
    page.wait_for("1 message");
    assert!(page.hash().ends_with("session/bob"), "{}", page.hash());
    page.type_in(Locator::Css("body"), CTRL_K);
    page.type_in(PALETTE, &format!("find in{ENTER}"));
    let focused = "return document.activeElement?.placeholder";
    wait("the keyboard is with the words to find", || {
        (page.run(focused) == "Find in this conversation").then_some(())
    });
    // What is written while it is read comes at its end.
    page.run("location.hash = '#/session/ada?at=end'");
    page.wait_for("pump and hose");
    desk.write("garden/ada.jsonl", 9..=9);
    page.wait_for("ada says word9");
}

#[test]
fn a_conversation_goes_where_its_reader_wants_it() {
    let desk = Desk::new();
    let _panel = Panel::on(&desk);
    let key = format!("sk-ant-api03-{}", "a1B2".repeat(20));
    let said = ["the pump runs".to_owned(), format!("the key is {key}")];
    desk.say("garden/ada.jsonl", &said);
    let folder = desk.home().join("my garden");
    std::fs::create_dir(&folder).expect("made");
    let transcript = desk.transcript("garden/ada.jsonl");
    let text = std::fs::read_to_string(&transcript).expect("read");
    let text = text.replace("/work/garden", &folder.display().to_string());
    std::fs::write(&transcript, text).expect("written");
    // An editor that says what it was given.
    let (editor, given) = (desk.home().join("editor"), desk.home().join("given"));
    let script = format!(
        "#!/bin/sh\nprintf '%s|' \"$PWD\" \"$@\" > '{}.new'\nmv '{0}.new' '{0}'\n",
        given.display()
    );
    std::fs::write(&editor, script).expect("written");
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("may run");
    desk.configure(&format!(
        "[desktop]\neditor = [\"{}\", \"-n\"]\n",
        editor.display()
    ));
    desk.cli(&["sync"]);
    let page = Page::open(&desk, &["scrollback://session/ada"]);
    page.wait_for("the pump runs");

    page.click("button", "More");
    page.click("button", "Open in the editor");
    let given = wait("the editor", || std::fs::read_to_string(&given).ok());
    let folder = folder.display();
    assert_eq!(given, format!("{folder}|-n|{folder}|"));

    for (label, ending) in [("Markdown", "md"), ("a web page", "html")] {
        page.click("button", "More");
        page.click("button", &format!("Export as {label}…"));
        desk.confirm("Export the conversation");
        page.wait_for(&format!("the pump runs.{ending}"));
        let exported = desk.home().join(format!("the pump runs.{ending}"));
        let text = wait("the file", || std::fs::read_to_string(&exported).ok());
        assert!(
            text.contains("the pump runs") && !text.contains(&key),
            "{text}"
        );
        page.run("location.hash = '#/status'");
        page.run("location.hash = '#/session/ada'");
        page.wait_for("the pump runs");
    }
    // The window is still there for its reader.
    page.run("location.hash = '#/search?q=pump'");
    page.wait_for("1 hit in 1 session");
}

#[test]
fn a_locked_database_is_red_and_said_and_heals() {
    let desk = Desk::new();
    desk.configure("[desktop]\nstalled_minutes = 0.01\n");
    let (panel, notified) = (Panel::on(&desk), Notified::on(&desk));
    desk.write("garden/ada.jsonl", 1..=4);
    assert_eq!(desk.cli(&["sync"]).0, Some(0), "not the first run any more");
    let page = Page::open(&desk, &[]);
    agree(&desk, &panel, Some(&page), WELL);

    let holder = Connection::open(desk.database()).expect("opened");
    holder.execute_batch("BEGIN EXCLUSIVE").expect("held");
    desk.write("garden/ada.jsonl", 5..=5);
    agree(&desk, &panel, Some(&page), &["stalled"]);
    let told = wait("a notification", || notified.all().first().cloned());
    assert_eq!(told.0, "Sync has stalled");
    assert!(told.1.contains("Your transcripts are safe"), "{told:?}");
    page.wait_for("your transcripts are safe");

    page.run("location.hash = '#/settings'");
    page.wait_for("Notifications");
    notified.click();
    page.wait_for("your transcripts are safe");
    holder.execute_batch("ROLLBACK").expect("let go");
    agree(&desk, &panel, Some(&page), WELL);
    assert_eq!(notified.all().len(), 1, "once, and not when it is over");
    assert_eq!(desk.status()["store"]["messages"], 5);
}

#[test]
fn a_pause_from_the_tray_is_a_pause_everywhere() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let page = Page::open(&desk, &[]);
    agree(&desk, &panel, Some(&page), WELL);
    panel.choose("1 hour");
    agree(&desk, &panel, Some(&page), &["paused"]);
    desk.write("garden/ada.jsonl", 5..=5);
    wait("what is written meanwhile is counted", || {
        (desk.status()["backlog"]["files"] == 1).then_some(())
    });
    panel.choose("Resume");
    agree(&desk, &panel, Some(&page), WELL);
    assert_eq!(desk.cli(&["pause"]).0, Some(0));
    agree(&desk, &panel, Some(&page), &["paused"]);
    page.click("button", "Resume");
    agree(&desk, &panel, Some(&page), WELL);
}

#[test]
fn the_window_comes_and_goes_and_there_is_one_app() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let mut app = desk.app(&["--hidden"]);
    agree(&desk, &panel, None, WELL);
    assert_eq!(windows(&desk), 0, "no window at login");
    panel.click();
    let painted = || desk.said().matches("ui_ready").count();
    wait("a click opens it", || {
        (windows(&desk) == 1 && painted() == 1).then_some(())
    });
    let mut second = desk.app(&["scrollback://session/ada"]);
    assert!(second.ended().success());
    assert_eq!((windows(&desk), panel.count()), (1, 1), "still one of each");
    desk.close_window();
    wait("it closes", || (windows(&desk) == 0).then_some(()));
    agree(&desk, &panel, None, WELL);
    let mut third = desk.app(&[]);
    assert!(third.ended().success());
    wait("a second start opens it again, and it paints", || {
        (windows(&desk) == 1 && painted() == 2).then_some(())
    });
    panel.choose("Quit (stops syncing)");
    assert!(app.ended_soon().success());
    assert_eq!(desk.state(), "stopped");
}

#[test]
fn tray_links_and_a_second_start_lead_the_window_and_a_click_does_not() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let page = Page::open(&desk, &[]);
    agree(&desk, &panel, Some(&page), WELL);
    let lies_at = |hash: &str| {
        wait(&format!("the page is at {hash}"), || {
            (page.run("return location.hash") == hash).then_some(())
        });
    };
    panel.choose("Settings…");
    lies_at("#/settings");
    panel.choose("Search…");
    lies_at("#/search");
    assert!(desk.app(&["scrollback://session/ada"]).ended().success());
    page.wait_for("ada says word1");
    panel.click();
    assert!(desk.app(&[]).ended().success());
    panel.choose("Open");
    assert!(desk.app(&["scrollback://browse"]).ended().success());
    lies_at("#/browse");
    // Had one of them led somewhere, it would stand between.
    page.run("history.back()");
    lies_at("#/session/ada");
}

#[test]
fn closing_the_window_ends_the_app_where_that_is_chosen() {
    let desk = Desk::new();
    desk.configure("[desktop]\non_close = \"quit\"\n");
    let _panel = Panel::on(&desk);
    let mut app = desk.app(&[]);
    wait("a window", || (windows(&desk) == 1).then_some(()));
    desk.close_window();
    assert!(app.ended().success());
}

#[test]
fn a_window_that_stays_blank_is_noticed_and_one_that_dies_comes_back() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let app = desk.app(&["--hidden"]);
    panel.click();
    let page = wait("the page's process", || app.child("WebKitWebProces"));
    signal("STOP", page);
    let blank = "Window is blank? Restart with safe graphics";
    wait("the menu offers a remedy", || panel.row(blank));
    signal("CONT", page);
    wait("it has painted", || {
        panel.row(blank).is_none().then_some(())
    });
    signal("KILL", page);
    wait("another page in its place", || {
        let new = app.child("WebKitWebProces")?;
        (new != page && desk.said().matches("ui_ready").count() == 2).then_some(())
    });
}

#[test]
fn a_request_to_end_is_a_clean_quit() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let mut app = desk.app(&["--hidden"]);
    agree(&desk, &panel, None, WELL);
    app.terminate();
    // Whoever starts it meanwhile becomes the next.
    let mut next = desk.app(&["--hidden"]);
    assert!(app.ended_soon().success());
    wait("its icon", || (panel.count() == 2).then_some(()));
    agree(&desk, &panel, None, WELL);
    assert_eq!(desk.status()["pid"], next.pid());
    next.terminate();
    assert!(next.ended_soon().success());
    let mut app = desk.app(&[]);
    wait("a window", || (windows(&desk) == 1).then_some(()));
    app.terminate();
    assert!(app.ended_soon().success());
    assert_eq!(desk.cli(&["verify"]).0, Some(0));
}

#[test]
fn an_engine_that_runs_elsewhere_is_joined_and_then_replaced() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    let mut watch = desk.leave(&["watch"]);
    wait("it watches", || {
        WELL.contains(&desk.state().as_str()).then_some(())
    });
    let page = Page::open(&desk, &[]);
    agree(&desk, &panel, Some(&page), WELL);
    page.wait_for("Another Scrollback");
    watch.terminate();
    watch.ended();
    agree(&desk, &panel, Some(&page), WELL);
    assert_ne!(desk.status()["pid"], watch.pid());
    desk.write("garden/ada.jsonl", 5..=5);
    wait("it goes on", || {
        (desk.status()["store"]["messages"] == 5).then_some(())
    });
}

#[test]
fn without_a_panel_the_window_opens_and_says_so() {
    let desk = Desk::new();
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let _app = desk.app(&["--hidden"]);
    wait("a window", || (windows(&desk) == 1).then_some(()));
    // A panel that comes late gets the icon.
    let panel = Panel::on(&desk);
    agree(&desk, &panel, None, WELL);
}

#[test]
fn the_page_says_that_there_is_no_tray() {
    let desk = Desk::new();
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let page = Page::open(&desk, &[]);
    page.wait_for("Your desktop has no tray");
    page.click("button", "Understood");
    wait("it is remembered", || {
        let config = desk.home().join(".config/scrollback/config.toml");
        let text = std::fs::read_to_string(config).unwrap_or_default();
        text.contains("tray_notice = false").then_some(())
    });
}

#[test]
fn at_login_the_panel_may_come_after_us() {
    let desk = Desk::new();
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let _app = desk.app(&["--hidden"]);
    std::thread::sleep(Duration::from_secs(3));
    let panel = Panel::on(&desk);
    agree(&desk, &panel, None, WELL);
    // Longer than a panel is waited for.
    std::thread::sleep(Duration::from_secs(22));
    assert_eq!(windows(&desk), 0, "no window at login");
}

#[test]
fn start_at_login_is_written_read_back_and_removed() {
    let desk = Desk::new();
    let panel = Panel::on(&desk);
    desk.write("garden/ada.jsonl", 1..=4);
    desk.cli(&["sync"]);
    let _app = desk.app(&["--hidden"]);
    agree(&desk, &panel, None, WELL);
    let entry = desk.home().join(".config/autostart/scrollback.desktop");
    assert!(!entry.exists(), "off until the user says so");
    let (code, said) = desk.cli(&["autostart", "on"]);
    if code != Some(0) {
        println!("SKIPPED: this build lies where no entry may lead: {said}");
        return;
    }
    assert!(desk.cli(&["autostart", "off"]).0 == Some(0) && !entry.exists());
    panel.choose("Start at login");
    wait("the entry", || entry.exists().then_some(()));
    let text = std::fs::read_to_string(&entry).expect("read");
    assert!(
        text.contains("scrollback-desktop") && text.contains("--hidden"),
        "{text}"
    );
    assert!(desk.cli(&["autostart", "status"]).1.contains("on"));
    wait("the menu shows it", || {
        panel.row("Start at login")?.is_checked.then_some(())
    });
    panel.choose("Start at login");
    wait("the entry goes", || (!entry.exists()).then_some(()));
}

/// Windows of the app on the display.
fn windows(desk: &Desk) -> usize {
    desk.windows().len()
}
