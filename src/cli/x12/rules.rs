//! `x12 rules`: what a file is held to beyond the tables of its guide.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::scrub;
use crate::types::Result;
use crate::x12::Severity;
use crate::x12::check::rules::{ALL, Rule};

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Only rules of this SNIP level.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=7))]
    level: Option<u8>,
    /// One JSON array.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &RulesArgs) -> Result<ExitCode> {
    let of_scrubber = scrub::rules().filter_map(|rule| {
        let severity = match rule.severity {
            scrub::Severity::Stop => Severity::Error,
            scrub::Severity::Warn | scrub::Severity::Note => Severity::Warning,
        };
        let level = scrub::map_837::level_of(rule.id)?;
        Some(Rule { id: rule.id, level, severity, source: rule.source, advice: rule.next })
    });
    let wanted = |rule: &Rule| args.level.is_none_or(|level| rule.level == level);
    let mut rules: Vec<Rule> = ALL.iter().copied().chain(of_scrubber).filter(wanted).collect();
    rules.sort_by_key(|rule| (rule.level, rule.id));
    if args.json {
        println!("{}", serde_json::to_string(&rules).context("a rule is plain data")?);
        return Ok(ExitCode::SUCCESS);
    }
    for rule in &rules {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        println!("{} {severity:<7} {} ({})", rule.level, rule.id, rule.source);
        println!("    {}", rule.advice);
    }
    println!("{} rules", rules.len());
    Ok(ExitCode::SUCCESS)
}
