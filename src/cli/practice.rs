//! `firstpass practice`: makes a practice; says how it and its payers are known where files are sent.

use std::process::ExitCode;

use chrono_tz::Tz;
use clap::Subcommand;

use crate::access::Role;
use crate::access::users::{self, NewUser};
use crate::app;
use crate::cli::wait;
use crate::config::Config;
use crate::db::{Actor, Db, Who};
use crate::registry::found::{self, Admin, NewPractice};
use crate::registry::organizations::{self, Organization, Usage};
use crate::registry::written::{Written, WrittenProvider, address_of};
use crate::registry::{Contact, InterchangeParty, Receiver, Submitter, payers};
use crate::types::{
    ApplicationCode, Email, InterchangeId, InterchangeQualifier, Npi, PayerIdentifier, Refusal, Result,
    Status, TaxId, Telephone, TransmitterId,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a practice, with who bills for it and who administers it. One that bills by this NPI is said
    /// to be there, and stays as it is.
    Create(Box<CreateArgs>),
    /// Say how the practice is known where it sends, and whom a receiver asks about a file.
    Submitter(SubmitterArgs),
    /// Say who takes the files for a payer: the payer itself or a clearinghouse.
    Receiver(ReceiverArgs),
}

#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// Its name: at most 60 characters.
    name: String,
    /// The NPI by which it bills (2010AA NM109).
    #[arg(long)]
    npi: Npi,
    /// Its tax id: nine digits.
    #[arg(long)]
    tax_id: TaxId,
    /// The tax id is a social security number.
    #[arg(long)]
    ssn: bool,
    /// NUCC taxonomy code: nine characters and an X.
    #[arg(long)]
    taxonomy: String,
    /// Its address, a street: `1 Elm St, Suite 4, Springfield, IL 62701-1234`.
    #[arg(long)]
    address: String,
    /// One person bills, not a group: `LAST,FIRST`.
    #[arg(long, value_name = "LAST,FIRST")]
    person: Option<String>,
    /// The e-mail address of its administrator; somebody new gets a password, printed once.
    #[arg(long, value_name = "EMAIL")]
    admin: String,
    /// How the administrator is called.
    #[arg(long, value_name = "NAME", default_value = "Administrator")]
    admin_name: String,
    /// IANA name, such as America/Chicago; most of its state's unless said.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<Tz>,
    /// Begins its claim numbers: 1 to 4 upper case letters and digits; made from the name unless said.
    #[arg(long)]
    prefix: Option<String>,
    /// What it sends counts (ISA15 P); without it everything is marked as a test.
    #[arg(long)]
    production: bool,
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
            Command::Create(args) => args.run(&ready.db).await,
            Command::Submitter(args) => args.run(&ready.db).await,
            Command::Receiver(args) => args.run(&ready.db).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

impl CreateArgs {
    async fn run(self, db: &Db) -> Result<()> {
        let who = Who::System("practice-create");
        if let Some(there) = found::by_npi(db, &who, &self.npi).await? {
            println!("{} is there, and bills by NPI {}; nothing was changed", there.name, self.npi);
            print_practice(&there);
            return Ok(());
        }
        let mut fields = address_of(&self.address);
        let (last, first) =
            self.person.as_deref().map_or(("", ""), |person| person.split_once(',').unwrap_or((person, "")));
        fields.extend([
            ("npi", self.npi.as_str()),
            ("tax_id", self.tax_id.as_str()),
            ("tax_id_kind", if self.ssn { "SSN" } else { "EIN" }),
            ("taxonomy", self.taxonomy.as_str()),
            ("last_name", last),
            ("first_name", first),
            ("organization_name", if self.person.is_some() { "" } else { self.name.as_str() }),
        ]);
        let billing = WrittenProvider::from_texts(fields).read()?;
        let state = billing.billing.as_ref().map(|billing| billing.address.state.text());
        let time_zone = self.time_zone.or_else(|| found::zone_of(state?)).ok_or_else(|| {
            let what = "the time zone does not follow from the state";
            Refusal::new("organizations/invalid", Status::Invalid, what, "Say it with --time-zone")
        })?;
        let password = users::generated_password()?;
        let admin = match users::find(db, &self.admin).await? {
            Some(user) => Admin::Known(user),
            None => {
                let new = NewUser { email: &self.admin, name: &self.admin_name, role: Role::Admin };
                Admin::New(new, users::hashed(&password).await?)
            }
        };
        let new = NewPractice {
            name: &self.name,
            time_zone,
            prefix: self.prefix.as_deref(),
            usage: if self.production { Usage::Production } else { Usage::Test },
            billing: &billing,
            admin: &admin,
        };
        let made = found::found(db, who, &new).await?;
        println!("{} is made, and bills by NPI {}", made.name, self.npi);
        print_practice(&made);
        println!("{} is {} of {}", self.admin, Role::Admin, made.name);
        match admin {
            Admin::New(..) => println!("password: {password}"),
            Admin::Known(_) => println!("the password is as before"),
        }
        Ok(())
    }
}

fn print_practice(practice: &Organization) {
    let counts = match practice.usage {
        Usage::Production => "what it sends counts",
        Usage::Test => "what it sends is a test",
    };
    println!(
        "id {}; claim numbers begin with {}; days are those of {}; {counts}",
        practice.id, practice.control_number_prefix, practice.time_zone
    );
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
            "Make one with firstpass practice create; firstpass demo makes one to try",
        ),
        (None, several) => (
            "organizations/which",
            format!("there are {several} organizations"),
            "Name one with --organization: its id or its control number prefix",
        ),
    };
    Err(Refusal::new(code, Status::NotFound, detail, next).into())
}
