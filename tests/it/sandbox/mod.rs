//! The sandbox payer: what a practice sends, and what it gets back, as text.

mod acknowledgments;
mod payments;
mod properties;
mod rounds;

use std::fs;
use std::path::PathBuf;

use chrono::NaiveDate;
use firstpass::exchange::mailbox::{DirectoryMailbox, Mailbox};
use firstpass::sandbox::{Plan, SandboxPayer, WorkReport};
use firstpass::types::Money;

/// A plan without chance: 10.00 deductible, 25.00 copay, 20 %.
fn plan() -> Plan {
    Plan {
        deductible: Money::from_cents(1_000),
        deductible_met_per_mille: 0,
        unnecessary_per_mille: 0,
        incomplete_per_mille: 0,
        ..Plan::commercial()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A practice and a payer with a mailbox between them.
struct Desk {
    folder: PathBuf,
    practice: DirectoryMailbox,
    payer: SandboxPayer<DirectoryMailbox>,
}

impl Desk {
    fn new(plan: Plan) -> Desk {
        let folder = std::env::temp_dir().join(format!("firstpass-sandbox-{}", uuid::Uuid::now_v7()));
        let practice = DirectoryMailbox::new(folder.join("out"), folder.join("in"));
        let payer = SandboxPayer::new(
            "SBXMERID",
            "Meridian Mutual Sandbox",
            plan,
            7,
            practice.from_the_other_side(),
            folder.join("payer"),
        );
        Desk { folder, practice, payer }
    }
    async fn send(&self, name: &str, text: &str) {
        self.practice.send(name, text.as_bytes()).await.unwrap();
    }
    async fn work(&self, on: &str) -> WorkReport {
        self.payer.work(day(on)).await.unwrap()
    }
    /// The only answer of a kind, which is then archived.
    async fn answer(&self, kind: &str) -> String {
        let names: Vec<String> = self.answers(kind).await;
        assert_eq!(names.len(), 1, "{kind}: {names:?}");
        let content = self.practice.fetch(&names[0]).await.unwrap();
        self.practice.archive(&names[0]).await.unwrap();
        String::from_utf8(content.bytes().unwrap().into_owned()).unwrap()
    }
    async fn answers(&self, kind: &str) -> Vec<String> {
        let names = self.practice.list().await.unwrap().into_iter().map(|waiting| waiting.name);
        names.filter(|name| name.ends_with(&format!(".{kind}"))).collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The segments of an answer between ST and SE, without line breaks.
fn sets(text: &str) -> Vec<String> {
    let segments: Vec<&str> = text.split('~').map(str::trim).collect();
    let start = segments.iter().position(|one| one.starts_with("ST*")).unwrap();
    let end = segments.iter().rposition(|one| one.starts_with("SE*")).unwrap();
    segments[start..=end].iter().map(|one| (*one).to_owned()).collect()
}

/// The segments of an answer that begin so.
fn only(text: &str, ids: &[&str]) -> Vec<String> {
    let begins = |segment: &&str| ids.iter().any(|id| segment.starts_with(&format!("{id}*")));
    text.split('~').map(str::trim).filter(begins).map(str::to_owned).collect()
}

/// A claim as it stands in an 837.
#[derive(Clone)]
struct Sent {
    number: &'static str,
    member: String,
    group: &'static str,
    sequence: &'static str,
    /// CLM05.
    place: &'static str,
    /// Segments between CLM and HI.
    references: Vec<String>,
    /// Loops 2320 and 2330.
    other_payer: Vec<String>,
    /// Procedure, charge, day, segments after the date.
    lines: Vec<(String, String, &'static str, Vec<String>)>,
}

fn claim(number: &'static str) -> Sent {
    Sent {
        number,
        member: "W123456700".into(),
        group: "G10001",
        sequence: "P",
        place: "11:B:1",
        references: vec![],
        other_payer: vec![],
        lines: vec![],
    }
}

impl Sent {
    fn member(mut self, member: &str) -> Sent {
        self.member = member.into();
        self
    }
    fn group(mut self, group: &'static str) -> Sent {
        self.group = group;
        self
    }
    fn reference(mut self, segment: &str) -> Sent {
        self.references.push(segment.into());
        self
    }
    fn line(mut self, procedure: &str, charge: &str, on: &'static str) -> Sent {
        self.lines.push((procedure.into(), charge.into(), on, vec![]));
        self
    }
    fn line_with(mut self, procedure: &str, charge: &str, on: &'static str, more: &[&str]) -> Sent {
        let more = more.iter().map(|one| (*one).to_owned()).collect();
        self.lines.push((procedure.into(), charge.into(), on, more));
        self
    }
    fn charged(&self) -> String {
        let total: Money = self.lines.iter().map(|line| line.1.parse::<Money>().unwrap()).sum();
        total.to_x12()
    }
    fn segments(&self, id: usize) -> Vec<String> {
        let mut segments = vec![
            format!("HL*{id}*1*22*0"),
            format!("SBR*{}*18*{}******CI", self.sequence, self.group),
            format!("NM1*IL*1*DOE*JANE****MI*{}", self.member),
            "N3*1 ELM STREET".into(),
            "N4*PEORIA*IL*616021234".into(),
            "DMG*D8*19800101*F".into(),
            "NM1*PR*2*MERIDIAN MUTUAL SANDBOX*****PI*SBXMERID".into(),
            format!("CLM*{}*{}***{}*Y*A*Y*Y", self.number, self.charged(), self.place),
        ];
        segments.extend(self.references.iter().cloned());
        segments.push("HI*ABK:J069".into());
        segments.push("NM1*82*1*HARTWELL*MIRIAM****XX*1550000113".into());
        segments.extend(self.other_payer.iter().cloned());
        for (number, (procedure, charge, on, more)) in self.lines.iter().enumerate() {
            segments.push(format!("LX*{}", number + 1));
            segments.push(format!("SV1*HC:{procedure}*{charge}*UN*1***1"));
            segments.push(format!("DTP*472*D8*{on}"));
            segments.push(format!("REF*6R*{}L{}", self.number, number + 1));
            segments.extend(more.iter().cloned());
        }
        segments
    }
}

/// A file of one set.
fn file(control: u32, claims: &[Sent]) -> String {
    let mut body: Vec<String> = [
        "ST*837*0001*005010X222A1",
        "BHT*0019*00*B1001*20261123*0900*CH",
        "NM1*41*2*LAKESIDE FAMILY MEDICINE*****46*LAKESIDE",
        "PER*IC*BILLING*TE*8005550101",
        "NM1*40*2*MERIDIAN MUTUAL SANDBOX*****46*SBXMERID",
        "HL*1**20*1",
        "NM1*85*2*LAKESIDE FAMILY MEDICINE*****XX*1550000014",
        "N3*100 HARBOR STREET",
        "N4*PEORIA*IL*616021234",
        "REF*EI*371234567",
    ]
    .map(str::to_owned)
    .to_vec();
    for (at, one) in claims.iter().enumerate() {
        body.extend(one.segments(at + 2));
    }
    body.push(format!("SE*{}*0001", body.len() + 1));
    format!(
        "ISA*00*          *00*          *ZZ*LAKESIDE       *ZZ*SBXMERID       *261123*0900*^*00501*{control:09}*1*P*:~\n\
         GS*HC*LAKESIDE*SBXMERID*20261123*0900*{control}*X*005010X222A1~\n{}~\nGE*1*{control}~\nIEA*1*{control:09}~\n",
        body.join("~\n")
    )
}
