//! What payers answer to claims that exist, over some days: everything that happens to claims in
//! 835s, file by file, and beside each set what it must move. The amounts are worked out here, from
//! what the answer was meant to be, so nothing that reads or posts it vouches for itself.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ledger::AccountKind;
use crate::types::{Money, Npi};

use super::super::{chance, one};
use super::{BilledClaim, BilledLine, Writer};

/// A claim that a payer is asked to decide.
#[derive(Clone, Debug)]
pub struct AskedClaim {
    /// As the payer has it.
    pub billed: BilledClaim,
    /// Place among the payers.
    pub payer: usize,
    /// Another insurance comes after this one: the patient's share is that one's.
    pub has_next_payer: bool,
    /// What earlier payers did; none when this payer is the first.
    pub before: Option<Before>,
}

/// What earlier payers did about a visit.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// They paid it.
    pub paid: Money,
    /// It is written off.
    pub contractual: Money,
}

/// What accounts are moved by: debits less credits.
pub type Moves = BTreeMap<AccountKind, Money>;

/// What must become of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetFate {
    /// Its money moves.
    Posts,
    /// It moves nothing until somebody does something.
    Held,
    /// Its payment is posted from an earlier file.
    Repeats,
}

/// One ST to SE.
#[derive(Clone, Debug)]
pub struct MadeSet {
    /// What must become of it.
    pub fate: SetFate,
    /// BPR02 as it should be.
    pub payment: Money,
    /// Sum of CLP03.
    pub charged: Money,
    /// What it must move; nothing unless it posts.
    pub moves: Moves,
}

/// An interchange.
#[derive(Clone, Debug)]
pub struct MadeFile {
    /// Its name.
    pub name: String,
    /// Files of one day may come in any order; those of a later day build on them.
    pub day: u32,
    /// The same bytes as an earlier file.
    pub is_copy: bool,
    /// The 835.
    pub text: String,
    /// Its sets, in order.
    pub sets: Vec<MadeSet>,
}

const WRITTEN_OFF: &[&str] = &["45", "45", "45", "253", "59"];
const SHARES: &[&str] = &["1", "2", "3"];
const REFUSED: &[(&str, &str)] = &[("CO", "50"), ("CO", "197"), ("CO", "16"), ("PI", "97"), ("PR", "96")];
const REMARKS: &[&str] = &["N290", "M76", "N657"];

/// Production 835 interchanges about each of these claims, three days of them: paid, reduced and
/// denied lines, answers by line and as a whole, second payers, reversals with their corrections in one
/// set and in two files, repetitions, split claims, strangers' claims, predeterminations, zero
/// payments, PLB amounts and what takes them back, sets that do not add up or pay somebody else, files
/// and payments that come twice. Whatever is not meant otherwise balances.
#[must_use]
pub fn eventful_remittances(
    seed: u64,
    payers: &[(&str, &str)],
    payee: &Npi,
    first_day: NaiveDate,
    claims: &[AskedClaim],
) -> Vec<MadeFile> {
    let mut story = Story {
        rng: ChaCha8Rng::seed_from_u64(seed),
        seed,
        payers,
        payee,
        first_day,
        units: vec![],
        owed: vec![],
        sets: vec![],
        numbers: 0,
    };
    let mut order: Vec<&AskedClaim> = claims.iter().collect();
    order.shuffle(&mut story.rng);
    for claim in order {
        story.claim(claim);
    }
    for day in 0..DAYS {
        story.day(day);
    }
    story.files()
}

/// The days of a story.
const DAYS: u32 = 3;

/// What stands on one CLP.
#[derive(Clone)]
struct Answer {
    number: String,
    status: &'static str,
    charged: Money,
    paid: Money,
    /// CLP05.
    owed: Option<Money>,
    /// CLP07.
    payer_number: String,
    /// CAS of the claim.
    reasons: Vec<Reason>,
    lines: Vec<AnsweredLine>,
    moves: Moves,
}

#[derive(Clone)]
struct Reason {
    group: &'static str,
    code: &'static str,
    amount: Money,
}

#[derive(Clone)]
struct AnsweredLine {
    billed: BilledLine,
    charged: Money,
    paid: Money,
    reasons: Vec<Reason>,
    remark: Option<&'static str>,
}

/// Answers that stand together in one set.
struct Unit {
    day: u32,
    payer: usize,
    answers: Vec<Answer>,
    twist: Twist,
    /// TRN02, when it is given.
    trace: Option<String>,
}

/// What is wrong with a set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twist {
    None,
    /// A cent too much: SVC03 (or CLP04, where there are no lines), CLP04, BPR02.
    LineIsOff,
    ClaimIsOff,
    PaymentIsOff,
    AnotherPayee,
    TestFile,
    /// Another payment under a trace number that is posted.
    SameTrace,
    /// The same payment once more.
    Again,
}

impl Twist {
    const fn fate(self) -> SetFate {
        match self {
            Twist::None => SetFate::Posts,
            Twist::Again => SetFate::Repeats,
            _ => SetFate::Held,
        }
    }
}

/// One PLB amount: positive lowers the payment.
#[derive(Clone)]
struct Item {
    reason: &'static str,
    reference: String,
    amount: Money,
}

/// A set that is ready to be written.
#[derive(Clone)]
struct Plan {
    day: u32,
    /// The day of BPR16: a payment that comes again is of the day of the first.
    paid_on: u32,
    payer: usize,
    answers: Vec<Answer>,
    items: Vec<Item>,
    twist: Twist,
    trace: String,
}

struct Story<'a> {
    rng: ChaCha8Rng,
    seed: u64,
    payers: &'a [(&'a str, &'a str)],
    payee: &'a Npi,
    first_day: NaiveDate,
    units: Vec<Unit>,
    /// PLB amounts that a payer will take on a later day than this.
    owed: Vec<(u32, usize, Item)>,
    sets: Vec<Plan>,
    numbers: u32,
}

fn move_between(moves: &mut Moves, debit: AccountKind, credit: AccountKind, amount: Money) {
    *moves.entry(debit).or_default() += amount;
    *moves.entry(credit).or_default() -= amount;
}

fn add(moves: &mut Moves, more: &Moves) {
    for (account, amount) in more {
        *moves.entry(*account).or_default() += *amount;
    }
}

impl Story<'_> {
    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    fn unit(&mut self, day: u32, payer: usize, answers: Vec<Answer>) {
        self.units.push(Unit { day, payer, answers, twist: Twist::None, trace: None });
    }

    /// What happens to a claim.
    fn claim(&mut self, claim: &AskedClaim) {
        let payer = claim.payer;
        let number = self.number();
        let payer_number = format!("ICN{}X{number:06}", self.seed);
        let first = decide(claim, &payer_number, &mut self.rng);
        let again = |rng: &mut ChaCha8Rng| decide(claim, &payer_number, rng);
        match self.rng.random_range(0..100) {
            46..52 => {
                let denied = deny(claim, &payer_number, &mut self.rng);
                self.unit(0, payer, vec![denied]);
            }
            52..60 => {
                let corrected = again(&mut self.rng);
                let mut back = first.taken_back();
                if chance(30, &mut self.rng) {
                    // Found by the payer's own number.
                    back.number = "0".to_owned();
                }
                self.unit(0, payer, vec![first]);
                self.unit(1, payer, vec![back, corrected]);
            }
            60..66 => {
                let corrected = again(&mut self.rng);
                let back = first.taken_back();
                self.unit(0, payer, vec![first]);
                self.unit(1, payer, vec![back]);
                self.unit(2, payer, vec![corrected]);
            }
            66..71 => {
                let mut repeated = first.clone();
                repeated.waits();
                self.unit(0, payer, vec![first]);
                self.unit(1, payer, vec![repeated]);
            }
            71..75 if claim.before.is_none() => {
                let mut second = again(&mut self.rng);
                while second.paid == first.paid {
                    second = again(&mut self.rng);
                }
                if claim.is_answered_beside(&first, &second) {
                    second.waits();
                }
                self.unit(0, payer, vec![first]);
                self.unit(1, payer, vec![second]);
            }
            75..79 if claim.before.is_none() && claim.billed.lines.len() > 1 => {
                let parts = claim.billed.lines.split_at(1);
                let parts = [parts.0, parts.1].map(|lines| {
                    let lines = lines.to_vec();
                    let billed = BilledClaim { lines, ..claim.billed.clone() };
                    decide(&AskedClaim { billed, ..claim.clone() }, &payer_number, &mut self.rng)
                });
                self.unit(0, payer, parts.into());
            }
            79..82 => {
                let mut back = first.taken_back();
                back.waits();
                self.unit(0, payer, vec![back]);
            }
            82..85 => {
                let unpaid = unpaid(claim, "25", ("OA", "101"), &payer_number);
                self.unit(0, payer, vec![unpaid]);
                self.unit(1, payer, vec![first]);
            }
            85..87 => {
                let unpaid = unpaid(claim, "23", ("CO", "109"), &payer_number);
                self.unit(0, payer, vec![unpaid]);
            }
            87..88 => {
                let mut strange = first;
                strange.status = "99";
                strange.waits();
                self.unit(0, payer, vec![strange]);
            }
            88..95 => {
                let twist = *one(
                    &[
                        Twist::LineIsOff,
                        Twist::ClaimIsOff,
                        Twist::PaymentIsOff,
                        Twist::AnotherPayee,
                        Twist::TestFile,
                    ],
                    &mut self.rng,
                );
                let trace = Some(format!("HELD{}X{number}", self.seed));
                let better = chance(50, &mut self.rng).then(|| first.clone());
                let answers = vec![first];
                self.units.push(Unit { day: 0, payer, answers, twist, trace: trace.clone() });
                if let Some(better) = better {
                    let answers = vec![better];
                    self.units.push(Unit { day: 1, payer, answers, twist: Twist::None, trace });
                }
            }
            95.. => {
                let stranger = BilledClaim {
                    control_number: format!("STRANGER{number}"),
                    lines: claim.billed.lines.clone(),
                };
                let stranger = AskedClaim { billed: stranger, before: None, ..claim.clone() };
                let mut strange = decide(&stranger, &format!("{payer_number}S"), &mut self.rng);
                strange.waits();
                self.unit(0, payer, vec![first, strange]);
            }
            _ => self.unit(0, payer, vec![first]),
        }
    }

    /// The sets of a day: one to three units of a payer each, with what the payer adjusts besides.
    fn day(&mut self, day: u32) {
        let (today, later): (Vec<Unit>, Vec<Unit>) =
            std::mem::take(&mut self.units).into_iter().partition(|unit| unit.day == day);
        self.units = later;
        let (alone, mut together): (Vec<Unit>, Vec<Unit>) =
            today.into_iter().partition(|unit| unit.trace.is_some() || unit.twist != Twist::None);
        for unit in alone {
            let trace = unit.trace.clone().unwrap_or_else(|| self.trace());
            let items = vec![];
            let Unit { payer, answers, twist, .. } = unit;
            self.set(Plan { day, paid_on: day, payer, answers, items, twist, trace });
        }
        together.shuffle(&mut self.rng);
        for payer in 0..self.payers.len() {
            let (mut own, rest): (Vec<Unit>, Vec<Unit>) =
                together.into_iter().partition(|unit| unit.payer == payer);
            together = rest;
            while !own.is_empty() {
                let many = self.rng.random_range(1..=3).min(own.len());
                let answers: Vec<Answer> = own.drain(..many).flat_map(|unit| unit.answers).collect();
                let paid = answers.iter().map(|answer| answer.paid).sum();
                let items = self.items(day, payer, paid);
                let trace = self.trace();
                self.set(Plan { day, paid_on: day, payer, answers, items, twist: Twist::None, trace });
            }
        }
    }

    fn trace(&mut self) -> String {
        let number = self.number();
        format!("EV{}X{number}", self.seed)
    }

    /// Keeps a set, and now and then another one that follows from it.
    fn set(&mut self, plan: Plan) {
        if plan.twist == Twist::None && plan.day + 1 < DAYS {
            match self.rng.random_range(0..100) {
                0..4 => self.sets.push(Plan { day: plan.day + 1, twist: Twist::Again, ..plan.clone() }),
                4..6 => {
                    let day = plan.day + 1;
                    let mut other =
                        Plan { day, paid_on: day, twist: Twist::SameTrace, items: vec![], ..plan.clone() };
                    other.items.push(self.item("L6", Money::from_cents(-1_999)));
                    let paid: Money = other.paid();
                    if paid.is_negative() {
                        other.items.push(self.item("FB", paid));
                    }
                    self.sets.push(other);
                }
                _ => {}
            }
        }
        self.sets.push(plan);
    }

    fn item(&mut self, reason: &'static str, amount: Money) -> Item {
        let number = self.number();
        let reference = format!("PLB{}X{number}", self.seed);
        Item { reason, reference, amount }
    }

    /// What a payer adjusts besides claims that pay so much.
    fn items(&mut self, day: u32, payer: usize, paid: Money) -> Vec<Item> {
        let mut left = paid;
        let mut items = vec![];
        let mut at = 0;
        while at < self.owed.len() {
            let (from, whose, item) = &self.owed[at];
            if *from < day && *whose == payer && item.amount <= left {
                let (.., item) = self.owed.remove(at);
                left -= item.amount;
                items.push(item);
            } else {
                at += 1;
            }
        }
        let amount = Money::from_cents(self.rng.random_range(1..2_500));
        match self.rng.random_range(0..100) {
            0..8 => items.push(self.item("L6", -amount)),
            8..14 => {
                let announced = self.item("WO", -amount);
                self.owed.push((day, payer, Item { amount, ..announced.clone() }));
                items.push(announced);
            }
            14..17 => {
                let check = self.item("72", -amount);
                items.push(Item { reason: "WO", amount, ..check.clone() });
                items.push(check);
            }
            17..20 if amount <= left => items.push(self.item("LE", amount)),
            20..23 if amount <= left => items.push(self.item("J1", amount)),
            23..26 if amount <= left => items.push(self.item("CS", amount)),
            _ => {}
        }
        let payment = paid - items.iter().map(|item| item.amount).sum();
        if payment.is_negative() {
            // No payment is below nothing: the balance goes forward to a later one.
            let forwarded = self.item("FB", payment);
            self.owed.push((day, payer, Item { amount: -payment, ..forwarded.clone() }));
            items.push(forwarded);
        }
        items
    }

    /// Sets of a day in files of one to three; test files and now and then others stand alone, and
    /// some files come twice.
    fn files(mut self) -> Vec<MadeFile> {
        let mut files: Vec<MadeFile> = vec![];
        let mut sets = std::mem::take(&mut self.sets);
        for day in 0..DAYS {
            let (mut today, later): (Vec<Plan>, Vec<Plan>) = sets.into_iter().partition(|set| set.day == day);
            sets = later;
            today.shuffle(&mut self.rng);
            let copied: Vec<MadeFile> = files
                .iter()
                .filter(|file| file.day + 1 == day && !file.is_copy && chance(5, &mut self.rng))
                .map(MadeFile::again)
                .collect();
            files.extend(copied);
            let (tests, mut real): (Vec<Plan>, Vec<Plan>) =
                today.into_iter().partition(|set| set.twist == Twist::TestFile);
            for set in tests {
                files.push(self.file(day, &[set]));
            }
            while !real.is_empty() {
                let many = self.rng.random_range(1..=3).min(real.len());
                let some: Vec<Plan> = real.drain(..many).collect();
                files.push(self.file(day, &some));
            }
        }
        files
    }

    fn file(&mut self, day: u32, sets: &[Plan]) -> MadeFile {
        let number = self.number();
        let date = (self.first_day + Days::new(day.into())).format("%Y%m%d").to_string();
        let usage = if sets.iter().any(|set| set.twist == Twist::TestFile) { 'T' } else { 'P' };
        let mut writer = Writer::default();
        segment!(
            writer,
            "ISA*00*          *00*          *ZZ*SYNTHSENDER    *ZZ*SYNTHRECEIVER  *{}*0900*^*00501*{number:09}*0*{usage}*:",
            &date[2..]
        );
        segment!(writer, "GS*HP*SYNTHSENDER*SYNTHRECEIVER*{date}*0900*{number}*X*005010X221A1");
        let made = (1..).zip(sets).map(|(at, set)| set.write(&mut writer, at, self)).collect();
        segment!(writer, "GE*{}*{number}", sets.len());
        segment!(writer, "IEA*1*{number:09}");
        let name = format!("day{day}-{number:06}.835");
        MadeFile { name, day, is_copy: false, text: writer.out, sets: made }
    }
}

impl MadeFile {
    /// The same bytes under another name, a day later.
    fn again(&self) -> MadeFile {
        let sets = self.sets.iter().map(|set| MadeSet {
            fate: if set.fate == SetFate::Held { SetFate::Held } else { SetFate::Repeats },
            moves: Moves::new(),
            ..set.clone()
        });
        let (name, day) = (format!("again-{}", self.name), self.day + 1);
        MadeFile { name, day, is_copy: true, text: self.text.clone(), sets: sets.collect() }
    }
}

impl Plan {
    fn charged(&self) -> Money {
        self.answers.iter().map(|answer| answer.charged).sum()
    }

    /// BPR02 as it should be.
    fn paid(&self) -> Money {
        let claims: Money = self.answers.iter().map(|answer| answer.paid).sum();
        claims - self.items.iter().map(|item| item.amount).sum()
    }

    fn moves(&self) -> Moves {
        let mut moves = Moves::new();
        for answer in &self.answers {
            add(&mut moves, &answer.moves);
        }
        for item in &self.items {
            let account = match item.reason {
                "L6" => AccountKind::InterestIncome,
                "FB" => AccountKind::ForwardingBalances,
                "LE" => AccountKind::Levies,
                // What a payer's contract decides: nobody knows yet.
                "J1" => AccountKind::Suspense,
                _ => AccountKind::PayerRecoupments,
            };
            move_between(&mut moves, account, AccountKind::InsuranceCash, item.amount);
        }
        moves.retain(|_, amount| !amount.is_zero());
        moves
    }

    fn write(&self, writer: &mut Writer, at: usize, story: &Story<'_>) -> MadeSet {
        let cent = Money::from_cents(1);
        let first = writer.segments;
        let date = (story.first_day + Days::new(self.paid_on.into())).format("%Y%m%d").to_string();
        let (identifier, name) = story.payers[self.payer];
        let payment = self.paid();
        let stated = if self.twist == Twist::PaymentIsOff { payment + cent } else { payment };
        let method = if stated.is_zero() { "H*0*C*NON" } else { "I*{}*C*ACH" };
        let other = Npi::with_check_digit("166000001").map_or_else(|_| String::new(), |npi| npi.to_string());
        let payee = if self.twist == Twist::AnotherPayee { other } else { story.payee.to_string() };
        segment!(writer, "ST*835*{at:04}");
        segment!(writer, "BPR*{}************{date}", method.replace("{}", &stated.to_x12()));
        segment!(writer, "TRN*1*{}*1512345678", self.trace);
        segment!(writer, "DTM*405*{date}");
        segment!(writer, "N1*PR*{name}");
        segment!(writer, "N3*1 QUARRY STREET");
        segment!(writer, "N4*PEORIA*IL*616020001");
        segment!(writer, "REF*2U*{identifier}");
        segment!(writer, "PER*BL*PROVIDER SERVICES*TE*3095550100");
        segment!(writer, "N1*PE*LAKESIDE FAMILY MEDICINE*XX*{payee}");
        segment!(writer, "LX*1");
        for (at, answer) in self.answers.iter().enumerate() {
            let twist = if at == 0 { self.twist } else { Twist::None };
            answer.write(writer, twist, &date);
        }
        // Six amounts fit one PLB.
        for some in self.items.chunks(6) {
            let each = some.iter().map(|i| format!("*{}:{}*{}", i.reason, i.reference, i.amount.to_x12()));
            segment!(writer, "PLB*{payee}*{date}{}", each.collect::<String>());
        }
        segment!(writer, "SE*{}*{at:04}", writer.segments - first + 1);
        let fate = self.twist.fate();
        let moves = if fate == SetFate::Posts { self.moves() } else { Moves::new() };
        MadeSet { fate, payment, charged: self.charged(), moves }
    }
}

impl AskedClaim {
    /// What an answer takes from what the payer owes: paid, written off, and the patient's share, whoever is asked
    /// for that.
    fn taken(&self, answer: &Answer) -> Money {
        let moved = answer.moves.get(&AccountKind::InsuranceAr).copied().unwrap_or_default();
        let share = answer.owed.filter(|_| self.has_next_payer).unwrap_or_default();
        share - moved
    }

    /// A second answer states the whole charge anew beside the first, which the payer did not take back: it waits,
    /// but where all of it fits into what the first left open, or where it writes nothing off.
    fn is_answered_beside(&self, first: &Answer, second: &Answer) -> bool {
        let taken = self.taken(second);
        !first.moves.is_empty() && taken > second.paid && taken > first.charged - self.taken(first)
    }
}

impl Answer {
    /// The same answer negated: CLP02 22, as it should be, undoes all that it moved.
    fn taken_back(&self) -> Answer {
        let negated = |reasons: &[Reason]| {
            reasons.iter().map(|reason| Reason { amount: -reason.amount, ..reason.clone() }).collect()
        };
        Answer {
            status: "22",
            charged: -self.charged,
            paid: -self.paid,
            owed: None,
            reasons: negated(&self.reasons),
            lines: self
                .lines
                .iter()
                .map(|line| AnsweredLine {
                    charged: -line.charged,
                    paid: -line.paid,
                    reasons: negated(&line.reasons),
                    ..line.clone()
                })
                .collect(),
            moves: self.moves.iter().map(|(account, amount)| (*account, -*amount)).collect(),
            ..self.clone()
        }
    }

    /// It cannot be posted to a claim: what came waits in unapplied cash, what was taken in suspense.
    fn waits(&mut self) {
        use AccountKind::{InsuranceCash, Suspense, UnappliedCash};
        self.moves = Moves::new();
        let account = if self.paid.is_negative() { Suspense } else { UnappliedCash };
        move_between(&mut self.moves, InsuranceCash, account, self.paid);
    }

    fn write(&self, writer: &mut Writer, twist: Twist, date: &str) {
        let cent = Money::from_cents(1);
        let by_line = !self.lines.is_empty();
        let claim_is_off = match twist {
            Twist::ClaimIsOff => true,
            Twist::LineIsOff => !by_line,
            _ => false,
        };
        let paid = if claim_is_off { self.paid + cent } else { self.paid };
        segment!(
            writer,
            "CLP*{}*{}*{}*{}*{}*12*{}*11*1",
            self.number,
            self.status,
            self.charged.to_x12(),
            paid.to_x12(),
            self.owed.map(Money::to_x12).unwrap_or_default(),
            self.payer_number
        );
        adjusted(writer, &self.reasons);
        segment!(writer, "NM1*QC*1*DOE*JANE");
        if self.status == "4" {
            segment!(writer, "MOA***MA61");
        }
        for (at, line) in self.lines.iter().enumerate() {
            let paid = if twist == Twist::LineIsOff && at == 0 { line.paid + cent } else { line.paid };
            segment!(
                writer,
                "SVC*HC:{}*{}*{}**1",
                line.billed.procedure,
                line.charged.to_x12(),
                paid.to_x12()
            );
            segment!(writer, "DTM*472*{date}");
            adjusted(writer, &line.reasons);
            segment!(writer, "REF*6R*{}", line.billed.control_number);
            if let Some(remark) = line.remark {
                segment!(writer, "LQ*HE*{remark}");
            }
        }
    }
}

/// A CAS for each run of one group: up to six reasons.
fn adjusted(writer: &mut Writer, reasons: &[Reason]) {
    for run in reasons.chunk_by(|a, b| a.group == b.group) {
        for some in run.chunks(6) {
            let each = some.iter().map(|reason| format!("*{}*{}", reason.code, reason.amount.to_x12()));
            segment!(writer, "CAS*{}{}", some[0].group, each.collect::<Vec<_>>().join("*"));
        }
    }
}

/// What a payer does with a charge, in its four parts.
#[derive(Clone, Copy, Default)]
struct Parts {
    paid: Money,
    written_off: Money,
    share: Money,
}

fn moves_of(claim: &AskedClaim, parts: Parts) -> Moves {
    use AccountKind::{ContractualAdjustments, InsuranceAr, InsuranceCash, PatientAr};
    let mut moves = Moves::new();
    move_between(&mut moves, InsuranceCash, InsuranceAr, parts.paid);
    move_between(&mut moves, ContractualAdjustments, InsuranceAr, parts.written_off);
    // From one payer's receivable to the next one's, it stays insurance.
    let share = if claim.has_next_payer { Money::ZERO } else { parts.share };
    move_between(&mut moves, PatientAr, InsuranceAr, share);
    moves
}

/// A payer's decision: by line or as a whole, or as a second payer.
fn decide(claim: &AskedClaim, payer_number: &str, rng: &mut ChaCha8Rng) -> Answer {
    if let Some(before) = claim.before {
        return decide_after(claim, before, payer_number, rng);
    }
    let mut sum = Parts::default();
    let lines: Vec<AnsweredLine> =
        claim.billed.lines.iter().map(|billed| decide_line(billed, &mut sum, rng)).collect();
    let charged = lines.iter().map(|line| line.charged).sum();
    let as_a_whole = chance(12, rng);
    let reasons =
        if as_a_whole { lines.iter().flat_map(|line| line.reasons.clone()).collect() } else { vec![] };
    Answer {
        number: claim.billed.control_number.clone(),
        status: if claim.has_next_payer && chance(40, rng) { "19" } else { "1" },
        charged,
        paid: sum.paid,
        owed: Some(sum.share),
        payer_number: payer_number.to_owned(),
        reasons,
        lines: if as_a_whole { vec![] } else { lines },
        moves: moves_of(claim, sum),
    }
}

fn decide_line(billed: &BilledLine, sum: &mut Parts, rng: &mut ChaCha8Rng) -> AnsweredLine {
    let charged = billed.charged;
    let mut line =
        AnsweredLine { billed: billed.clone(), charged, paid: charged, reasons: vec![], remark: None };
    let mut reason = |group, code, amount: Money| {
        if !amount.is_zero() {
            line.reasons.push(Reason { group, code, amount });
            line.paid -= amount;
        }
    };
    match rng.random_range(0..100) {
        0..9 => {
            let (group, code) = *one(REFUSED, rng);
            reason(group, code, charged);
            line.remark = Some(*one(REMARKS, rng));
        }
        9..12 => {
            // A payment above the charge, by rule: the write-off is that much less.
            let more = Money::from_cents(rng.random_range(1..500));
            reason("CO", "94", -more);
            sum.written_off -= more;
        }
        12..16 => {
            // In part: the rest is refused.
            let shares = charged.allocate(&[50, 20, 30]);
            reason("CO", "45", shares[1]);
            reason("CO", "97", shares[2]);
            sum.written_off += shares[1];
        }
        _ => {
            let patient = if chance(60, rng) { rng.random_range(1..=15) } else { 0 };
            let shares = charged.allocate(&[70 - patient, 30, patient]);
            let parts = shares[1].allocate(&[7, 2]);
            let (code, other) = (*one(WRITTEN_OFF, rng), *one(WRITTEN_OFF, rng));
            if code == other {
                reason("CO", code, shares[1]);
            } else {
                reason("CO", code, parts[0]);
                reason("CO", other, parts[1]);
            }
            reason("PR", *one(SHARES, rng), shares[2]);
            sum.written_off += shares[1];
            sum.share += shares[2];
        }
    }
    sum.paid += line.paid;
    line
}

/// A later payer restates the whole charge: what was paid before as OA-23, the write-off again.
fn decide_after(claim: &AskedClaim, before: Before, payer_number: &str, rng: &mut ChaCha8Rng) -> Answer {
    let charged: Money = claim.billed.lines.iter().map(|line| line.charged).sum();
    let rest = charged - before.paid - before.contractual;
    let shares = rest.allocate(&[rng.random_range(40..70), rng.random_range(0..10), 20]);
    let parts = Parts { paid: shares[0], written_off: shares[1], share: shares[2] };
    let mut reasons = vec![
        Reason { group: "OA", code: "23", amount: before.paid },
        Reason { group: "CO", code: "45", amount: before.contractual + parts.written_off },
        Reason { group: "PR", code: "2", amount: parts.share },
    ];
    reasons.retain(|reason| !reason.amount.is_zero());
    Answer {
        number: claim.billed.control_number.clone(),
        status: "2",
        charged,
        paid: parts.paid,
        owed: Some(parts.share),
        payer_number: payer_number.to_owned(),
        reasons,
        lines: vec![],
        moves: moves_of(claim, parts),
    }
}

/// Nothing of it is paid.
fn deny(claim: &AskedClaim, payer_number: &str, rng: &mut ChaCha8Rng) -> Answer {
    let status = *one(&["1", "4"], rng);
    let status = if claim.before.is_some() { "2" } else { status };
    unpaid(claim, status, *one(REFUSED, rng), payer_number)
}

fn unpaid(
    claim: &AskedClaim,
    status: &'static str,
    (group, code): (&'static str, &'static str),
    payer_number: &str,
) -> Answer {
    let line = |billed: &BilledLine| AnsweredLine {
        billed: billed.clone(),
        charged: billed.charged,
        paid: Money::ZERO,
        reasons: vec![Reason { group, code, amount: billed.charged }],
        remark: None,
    };
    let lines: Vec<AnsweredLine> = claim.billed.lines.iter().map(line).collect();
    Answer {
        number: claim.billed.control_number.clone(),
        status,
        charged: lines.iter().map(|line| line.charged).sum(),
        paid: Money::ZERO,
        owed: None,
        payer_number: payer_number.to_owned(),
        reasons: vec![],
        lines,
        moves: Moves::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Vec<AskedClaim> {
        let line = |cents, at| BilledLine {
            procedure: "99213".into(),
            charged: Money::from_cents(cents),
            control_number: format!("L{at}"),
        };
        (0..200)
            .map(|at| AskedClaim {
                billed: BilledClaim {
                    control_number: format!("C{at}"),
                    lines: vec![line(13_000 + at, 1), line(4_501, 2)],
                },
                payer: usize::from(at % 5 == 0),
                has_next_payer: at % 5 == 1,
                before: (at % 5 == 0).then(|| Before {
                    paid: Money::from_cents(9_000),
                    contractual: Money::from_cents(3_333),
                }),
            })
            .collect()
    }

    fn made(seed: u64) -> Vec<MadeFile> {
        let payee = Npi::with_check_digit("155000001").unwrap();
        let day = "2026-11-02".parse().unwrap();
        eventful_remittances(seed, &[("ONE", "FIRST"), ("TWO", "SECOND")], &payee, day, &claims())
    }

    #[test]
    fn the_same_seed_makes_the_same_files_and_each_number_once() {
        let text = |files: &[MadeFile]| files.iter().map(|file| file.text.clone()).collect::<Vec<_>>();
        let (one, same, other) = (made(3), made(3), made(4));
        assert_eq!(text(&one), text(&same));
        assert_ne!(text(&one), text(&other));
        let mut names: Vec<&str> = one.iter().map(|file| file.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), one.len());
    }

    #[test]
    fn what_posts_moves_its_payment_on_cash_and_in_sum_nothing() {
        let mut posted = 0;
        for set in made(5).iter().flat_map(|file| &file.sets) {
            assert_eq!(set.moves.values().sum::<Money>(), Money::ZERO);
            if set.fate == SetFate::Posts {
                let cash = set.moves.get(&AccountKind::InsuranceCash).copied().unwrap_or_default();
                assert_eq!(cash, set.payment);
                assert!(!set.payment.is_negative());
                posted += 1;
            } else {
                assert_eq!(set.moves, Moves::new());
            }
        }
        assert!(posted > 100, "{posted}");
    }

    #[test]
    fn every_kind_of_event_occurs() {
        let all: String = made(6).iter().map(|file| file.text.as_str()).collect();
        for said in [
            "*19*",
            "*22*-",
            "*23*",
            "*25*",
            "*4*",
            "*99*",
            "CLP*0*",
            "STRANGER",
            "CAS*OA*23*",
            "CO*94*-",
            "PLB*",
            "WO:",
            "FB:",
            "L6:",
            "72:",
            "J1:",
            "BPR*H*0*C*NON",
            "*0*T*:",
        ] {
            assert!(all.contains(said), "{said}");
        }
        let fates: Vec<SetFate> = made(6).iter().flat_map(|file| &file.sets).map(|set| set.fate).collect();
        for fate in [SetFate::Posts, SetFate::Held, SetFate::Repeats] {
            assert!(fates.contains(&fate), "{fate:?}");
        }
    }
}
