//! The `firstpass` program: parses the command line and hands over.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A claim is a few hundred small pieces, and a thousand are taken to pieces again at once: the system's
/// allocator gives the room back to the kernel each time, and asks for it again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    stop_when_nobody_reads();
    firstpass::cli::run(firstpass::cli::Cli::parse())
}

/// `firstpass x12 check FILE | head`: a reader that has seen enough is no fault of ours. Ends as
/// a program ended by SIGPIPE does (128 + 13).
fn stop_when_nobody_reads() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str().is_some_and(|what| what.starts_with("failed printing to stdout")) {
            std::process::exit(141);
        }
        report(panic);
    }));
}
