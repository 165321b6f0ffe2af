//! `firstpass ledger prove`: whether the books hold.
//!
//! Exit code 0 only when every proof of every organization asked about holds, 1 when one breaks. What
//! came of it is kept, and the dashboard shows it.

use std::process::ExitCode;

use chrono::NaiveDate;
use serde::Serialize;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::journey;
use crate::ledger::{AsOf, Hash, Proof};
use crate::registry::organizations;
use crate::types::{Clock, OrganizationId, Result};

#[derive(Debug, clap::Args)]
pub struct Prove {
    /// Balances as of this day of the books; everything booked when left out.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Only this organization, by id or control number prefix.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

/// What was proved. With one organization its digest and chain head stand at the top, too.
#[derive(Serialize)]
struct Report {
    as_of: Option<NaiveDate>,
    organizations: Vec<Books>,
    proofs: Vec<ProofOf>,
    digest: Option<Hash>,
    chain_head: Option<Hash>,
}

#[derive(Serialize)]
struct Books {
    organization: OrganizationId,
    name: String,
    proofs: Vec<Proof>,
    digest: Hash,
    chain_head: Option<Hash>,
    chain_links: i64,
}

#[derive(Serialize)]
struct ProofOf {
    organization: OrganizationId,
    #[serde(flatten)]
    proof: Proof,
}

impl Prove {
    pub fn run(self) -> Result<ExitCode> {
        let config = Config::from_environment()?;
        app::log(&config)?;
        let report = wait(async {
            let ready = app::open(&config).await?;
            self.report(&ready.db).await
        })?;
        if self.json {
            println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?);
        } else {
            report.print();
        }
        let holds = report.proofs.iter().all(|found| found.proof.holds);
        Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn report(&self, db: &Db) -> Result<Report> {
        let practices = match &self.organization {
            Some(wanted) => vec![practice::named(db, Some(wanted)).await?],
            None => organizations::list(db).await?,
        };
        let mut books = Vec::with_capacity(practices.len());
        for practice in practices {
            books.push(prove(db, practice, self.as_of).await?);
        }
        let proofs = books
            .iter()
            .flat_map(|books| {
                let organization = books.organization;
                books.proofs.iter().cloned().map(move |proof| ProofOf { organization, proof })
            })
            .collect();
        let (digest, chain_head) = match books.as_slice() {
            [only] => (Some(only.digest), only.chain_head),
            _ => (None, None),
        };
        Ok(Report { as_of: self.as_of, organizations: books, proofs, digest, chain_head })
    }
}

/// One practice's proofs, all of the same moment; the run is kept.
async fn prove(db: &Db, practice: organizations::Organization, as_of: Option<NaiveDate>) -> Result<Books> {
    let as_of = as_of.map_or(AsOf::NOW, AsOf::day);
    let actor = Actor::system("ledger-prove", practice.id);
    let found = journey::prove(db, &actor, Clock::system().now(), as_of).await?;
    Ok(Books {
        organization: practice.id,
        name: practice.name,
        proofs: found.proofs,
        digest: found.digest,
        chain_head: found.chain_head.map(|head| head.hash),
        chain_links: found.chain_head.map_or(0, |head| head.number),
    })
}

impl Report {
    fn print(&self) {
        for books in &self.organizations {
            println!("{} ({})", books.name, books.organization);
            for Proof { name, holds, detail } in &books.proofs {
                println!("  {} {name:<24} {detail}", if *holds { "holds " } else { "BROKEN" });
            }
            println!("  digest {}", books.digest);
            match books.chain_head {
                Some(head) => println!("  chain  {head}, {} links", books.chain_links),
                None => println!("  chain  nothing is posted"),
            }
        }
        let broken = self.proofs.iter().filter(|found| !found.proof.holds).count();
        println!("{} organizations, {} proofs, {broken} broken", self.organizations.len(), self.proofs.len());
    }
}
