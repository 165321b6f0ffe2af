//! `firstpass practice`: how a practice and its payers are known where files are sent.

use std::process::ExitCode;

use clap::Subcommand;

use crate::app;
use crate::cli::wait;
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::registry::organizations::{self, Organization};
use crate::registry::{Contact, InterchangeParty, Receiver, Submitter, payers};
use crate::types::{
    ApplicationCode, Email, InterchangeId, InterchangeQualifier, PayerIdentifier, Refusal, Result, Status,
    Telephone, TransmitterId,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say how the practice is known where it sends, and whom a receiver asks about a file.
    Submitter(SubmitterArgs),
    /// Say who takes the files for a payer: the payer itself or a clearinghouse.
    Receiver(ReceiverArgs),
}

#[derive(Debug, clap::Args)]
pub struct SubmitterArgs {
    /// The name under which the practice is enrolled (1000A NM103); its own when not given.
    #[arg(long)]
    name: Option<String>,
    /// Electronic transmitter identification number (1000A NM109).
    #[arg(long)]
    identifier: TransmitterId,
    /// Whom a receiver asks about a file (1000A PER02).
    #[arg(long)]
    contact: String,
    /// Ten digits (1000A PER04).
    #[arg(long)]
    telephone: Telephone,
    /// Their e-mail address (1000A PER06).
    #[arg(long)]
    email: Option<Email>,
    #[command(flatten)]
    party: PartyArgs,
    /// The practice's id or control number prefix; not needed where there is one practice.
    #[arg(long)]
    organization: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct ReceiverArgs {
    /// The payer's number (2010BB NM109).
    payer: PayerIdentifier,
    /// The receiver's name (1000B NM103); the payer's when not given.
    #[arg(long)]
    name: Option<String>,
    /// The receiver's number (1000B NM109).
    #[arg(long)]
    identifier: TransmitterId,
    #[command(flatten)]
    party: PartyArgs,
    /// The practice's id or control number prefix; not needed where there is one practice.
    #[arg(long)]
    organization: Option<String>,
}

#[derive(Debug, clap::Args)]
struct PartyArgs {
    /// What kind of number the interchange id is (ISA05, ISA07): 01, 14, 20, 27, 28, 29, 30, 33 or ZZ.
    #[arg(long, default_value = "ZZ")]
    qualifier: InterchangeQualifier,
    /// The interchange id (ISA06, ISA08): at most 15 characters.
    #[arg(long)]
    interchange_id: InterchangeId,
    /// The application code (GS02, GS03): 2 to 15 characters.
    #[arg(long)]
    application_code: ApplicationCode,
}

impl PartyArgs {
    fn party(&self) -> InterchangeParty {
        InterchangeParty {
            qualifier: self.qualifier.clone(),
            id: self.interchange_id.clone(),
            application: self.application_code.clone(),
        }
    }
}

pub fn run(command: Command) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        match command {
            Command::Submitter(args) => args.run(&ready.db).await,
            Command::Receiver(args) => args.run(&ready.db).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

impl SubmitterArgs {
    async fn run(self, db: &Db) -> Result<()> {
        let practice = named(db, self.organization.as_deref()).await?;
        let submitter = Submitter {
            name: self.name.unwrap_or(practice.name),
            identifier: self.identifier,
            interchange: self.party.party(),
            contact: Contact { name: self.contact, telephone: self.telephone, email: self.email },
        };
        let actor = Actor::system("practice-submitter", practice.id);
        db.transaction(&actor, async |tx| organizations::set_submitter(tx, &submitter).await).await?;
        println!("{} sends as {}", submitter.name, submitter.interchange.id);
        Ok(())
    }
}

impl ReceiverArgs {
    async fn run(self, db: &Db) -> Result<()> {
        let practice = named(db, self.organization.as_deref()).await?;
        let actor = Actor::system("practice-receiver", practice.id);
        let payer = db
            .transaction(&actor, async |tx| {
                let mut payer = payers::by_identifier(tx, &self.payer).await?.ok_or_else(|| {
                    let what = format!("the practice has no payer {}", self.payer);
                    Refusal::new("payers/not-found", Status::NotFound, what, "Check the payer's number")
                })?;
                let name = self.name.clone().unwrap_or_else(|| payer.name.clone());
                payer.receiver = Some(Receiver {
                    name,
                    identifier: self.identifier.clone(),
                    interchange: self.party.party(),
                });
                payers::save(tx, &payer).await?;
                Ok(payer)
            })
            .await?;
        let receiver = payer.receiver()?;
        println!("{} gets its files through {}, {}", payer.name, receiver.name, receiver.interchange.id);
        Ok(())
    }
}

/// The practice that is meant: by its id or its control number prefix, or the only one.
pub(super) async fn named(db: &Db, wanted: Option<&str>) -> Result<Organization> {
    let mut found = organizations::list(db).await?;
    if let Some(wanted) = wanted {
        found.retain(|one| one.id.to_string() == wanted || one.control_number_prefix == wanted);
    }
    let (code, detail, next) = match (wanted, found.len()) {
        (_, 1) => return Ok(found.swap_remove(0)),
        (Some(wanted), _) => {
            ("organizations/not-found", format!("there is no organization {wanted}"), "Check the id")
        }
        (None, 0) => (
            "organizations/not-found",
            "there is no organization".to_owned(),
            "Run firstpass demo: it makes one to try",
        ),
        (None, several) => (
            "organizations/which",
            format!("there are {several} organizations"),
            "Name one with --organization: its id or its control number prefix",
        ),
    };
    Err(Refusal::new(code, Status::NotFound, detail, next).into())
}
