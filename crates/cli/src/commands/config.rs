//! `scrollback config`: every setting and where it came from.

use scrollback_engine::engine::Engine;

use super::Outcome;
use crate::args::Json;
use crate::exit::FINE;
use crate::output::Screen;
use crate::output::paint::DIM;
use crate::output::table::{Cell, Column, Table};

pub fn run(engine: &Engine, args: &Json, screen: &mut Screen) -> Outcome {
    let settings = engine.config().settings();
    if args.json {
        screen.json(&settings)?;
        return Ok(FINE);
    }
    let mut table = Table::new([
        Column::left("Setting"),
        Column::left("Value"),
        Column::left("Set by"),
    ]);
    for setting in settings {
        let origin = Cell::styled(setting.origin.to_string(), DIM);
        table.row([Cell::new(setting.name), Cell::new(&setting.value), origin]);
    }
    table.write(screen)?;
    Ok(FINE)
}
