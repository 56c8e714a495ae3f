//! `scrollback completions` and `scrollback man`: what packages install beside the program.

use std::io::Write;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use scrollback_engine::error::Error;

use super::Outcome;
use crate::args::Args;
use crate::exit::FINE;
use crate::output::Screen;

pub fn completions(shell: Shell, screen: &mut Screen) -> Outcome {
    // clap panics when its writer fails, for example in `| head`.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "scrollback", &mut script);
    screen.write_all(&script)?;
    Ok(FINE)
}

pub fn man(dir: Option<&Path>, screen: &mut Screen) -> Outcome {
    let command = Args::command();
    match dir {
        Some(dir) => clap_mangen::generate_to(command, dir)
            .map_err(|error| Error::io("write the manual pages into", dir, error))?,
        None => clap_mangen::Man::new(command).render(screen)?,
    }
    Ok(FINE)
}
