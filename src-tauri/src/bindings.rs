//! The page's TypeScript, made from the types here. `SCROLLBACK_BINDINGS=write cargo test bindings`
//! writes it; without, the test fails when what is committed is not what they say.

use scrollback_engine::health;
use scrollback_engine::left_aside;
use scrollback_engine::model;
use scrollback_render as render;
use ts_rs::{Config, TS};

use crate::commands::reading as asks;
use crate::ipc::reading;
use crate::{commands, ipc, outside, settings, syncing};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/host/bindings.ts");
const HEADER: &str = "// Generated from Rust by `make bindings`; do not edit.\n";

macro_rules! declared {
    ($config:ident: $($type:ty),* $(,)?) => {
        [$(declaration::<$type>(&$config)),*]
    };
}

macro_rules! commands {
    ($config:ident: $($name:ident ($($args:ty)?) -> $out:ty),* $(,)?) => {
        [$((stringify!($name), [$(<$args as TS>::inline(&$config),)? String::new()].concat(), <$out as TS>::name(&$config))),*]
    };
}

fn declaration<T: TS>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    format!("{docs}export {}\n", T::decl(config))
}

/// The whole file, and the names of the commands in it.
fn bindings() -> (String, Vec<&'static str>) {
    let config = Config::new().with_large_int("number");
    let types = declared![config:
        health::State, health::Mode, health::Problem,
        model::Latency, model::EventRow,
        left_aside::Reason, model::LeftAsideRow, model::LeftAsideFor, model::RootStatus, model::Progress, model::Damage, model::Proof, model::WatcherStatus,
        model::Backlog, model::StoreStatus, model::Status,
        model::ProjectRow, model::SessionRow, model::Sort, model::Widened,
        model::ChipKind, model::Chip, model::Facet, model::Facets, model::View, commands::sql::SqlRows,
        model::Subagent, model::Lineage, model::Tokens, model::Places,
        model::Level, model::Check, model::Checkup,
        ipc::Engine, ipc::Snapshot, ipc::Push, ipc::HowLong,
        render::Length, render::Family, render::Outcome, render::Block, render::Card, render::Row,
        reading::Layout, reading::First, reading::Opened, reading::Picture, reading::CopyForm, outside::With, reading::ExportFormat, reading::Exported,
        ipc::Piece, ipc::Hit, ipc::Found,
        ipc::Theme, ipc::Density, ipc::OnClose, ipc::Autostart, ipc::SourceRow, ipc::Settings,
        settings::SettingsPatch, ipc::Place, ipc::BackedUp, ipc::IpcError,
    ];
    let table = commands![config:
        status_snapshot() -> ipc::Snapshot,
        status_unsubscribe() -> (),
        events(commands::EventsArgs) -> Vec<model::EventRow>,
        projects() -> Vec<model::ProjectRow>,
        sessions(commands::SessionsArgs) -> model::Page<model::SessionRow>,
        open_session(asks::OpenedArgs) -> reading::Opened,
        cards(asks::CardsArgs) -> Vec<render::Card>,
        whole_block(asks::BlockArgs) -> render::Block,
        picture(asks::PictureArgs) -> reading::Picture,
        find(asks::FindArgs) -> model::Places,
        copy_message(asks::CopyMessageArgs) -> (),
        copy_resume(asks::SessionArgs) -> String,
        open_folder(asks::OpenArgs) -> (),
        open_link(asks::LinkArgs) -> (),
        pin(asks::PinArgs) -> Vec<model::SessionRow>,
        pinned() -> Vec<model::SessionRow>,
        export_session(asks::ExportArgs) -> Option<reading::Exported>,
        search(commands::SearchArgs) -> ipc::Found,
        facets(commands::FacetsArgs) -> model::Facets,
        remember(commands::RememberArgs) -> (),
        searches() -> Vec<String>,
        sql(commands::sql::SqlArgs) -> commands::sql::SqlRows,
        sql_views() -> Vec<model::View>,
        search_as_sql(commands::sql::SqlArgs) -> String,
        pause(commands::PauseArgs) -> (),
        resume() -> (),
        rescan() -> (),
        restart_engine() -> (),
        begin(commands::BeginArgs) -> (),
        settings() -> ipc::Settings,
        change_settings(settings::SettingsPatch) -> ipc::Settings,
        set_autostart(commands::AutostartArgs) -> ipc::Settings,
        add_source() -> ipc::Settings,
        remove_source(commands::RemoveSourceArgs) -> ipc::Settings,
        reveal(commands::RevealArgs) -> (),
        check() -> model::Checkup,
        back_up() -> ipc::BackedUp,
        report() -> String,
        copy(commands::CopyArgs) -> (),
        ui_ready() -> (),
        ui_error(commands::UiErrorArgs) -> (),
        quit() -> (),
    ];
    let page = declaration::<model::Page<model::SessionRow>>(&config);
    let mut text = [HEADER.to_owned(), types.concat(), page].concat();
    let codes = health::CODES.into_iter();
    let codes = codes.chain([settings::WRONG, syncing::ENDED]);
    let codes: Vec<String> = codes.map(|code| format!("\"{code}\"")).collect();
    text +=
        "/**\n * What problems are called. An engine of another version may know others.\n */\n";
    text += &format!("export type Code = {};\n", codes.join(" | "));
    text += "\n/** What can be asked: arguments and answer. A channel of `Push` is handed over by\n * `status_subscribe`. */\nexport interface Commands {\n";
    for (name, args, out) in &table {
        let args = if args.is_empty() { "null" } else { args };
        text += &format!("  {name}: [{args}, {out}];\n");
    }
    text += "}\n";
    (text, table.iter().map(|(name, ..)| *name).collect())
}

#[test]
fn bindings_are_what_the_page_was_built_with() {
    let (text, _) = bindings();
    if std::env::var_os("SCROLLBACK_BINDINGS").is_some() {
        std::fs::write(FILE, &text).expect("written");
    }
    let committed = std::fs::read_to_string(FILE).expect("read");
    assert!(
        committed == text,
        "{FILE} is not what Rust says: run `make bindings`"
    );
}

#[test]
fn every_command_is_known_allowed_and_typed_and_no_other() {
    let (_, mut typed) = bindings();
    typed.push("status_subscribe");
    typed.sort_unstable();
    let between = |text: &str, from: &str, to: &str| {
        let start = text.find(from).expect("there") + from.len();
        text[start..]
            .split(to)
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let names = |list: String, cut: &str| {
        let clean = |word: &str| {
            word.trim()
                .trim_matches('"')
                .replace(cut, "")
                .replace('-', "_")
        };
        let mut names: Vec<String> = list
            .split(',')
            .map(clean)
            .filter(|w| !w.is_empty())
            .collect();
        names.sort_unstable();
        names
    };
    let handled = between(include_str!("window.rs"), "generate_handler![", "]");
    let handled = handled
        .replace("page::reading::", "page::")
        .replace("page::sql::", "page::");
    assert_eq!(names(handled, "page::"), typed);
    let known = between(include_str!("../build.rs"), "COMMANDS: &[&str] = &[", "]");
    assert_eq!(names(known, ""), typed);
    let allowed = between(
        include_str!("../capabilities/main.json"),
        "\"permissions\": [",
        "]",
    );
    assert_eq!(names(allowed, "allow-"), typed);
}
