//! `firstpass bench codec`: how fast X12 is cut, read, balanced, written and checked, beside the
//! plainest thing that can be done with the same bytes in the same run: finding terminators with
//! `memchr`. One core, the time that its thread computes; medians. And how much memory the streaming reader and the check hold.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::{forget_peak, median, work};
use crate::cli::demo::peak_rss_kib;
use crate::synth::edi;
use crate::types::{Error, Refusal, Result, Status};
use crate::x12::check::{Options, check_stream};
use crate::x12::{Delimiters, Reader, Render, each_token};

/// Measures the X12 engine.
#[derive(Debug, clap::Args)]
pub struct Codec {
    /// Measure this file of 835 or 837P sets; else made-up ones of each kind.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Megabytes of each made-up file.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    mb: u32,
    /// How many times; the medians count.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// The same seed makes the same files.
    #[arg(long, default_value_t = 835)]
    seed: u64,
}

/// One speed.
#[derive(Clone, Copy, Debug, Serialize)]
struct Speed {
    /// Million bytes of the file a second.
    mb_s: f64,
    /// Claims, or claim payments, a second.
    claims_s: f64,
    /// The share of `memchr`'s speed over the same file in the same run.
    of_memchr: f64,
}

/// What was measured; a speed is null when the file has no sets of the kind.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Terminators found and added up.
    memchr_835: Option<Speed>,
    /// Every identifier and element visited and folded.
    tokenise_835: Option<Speed>,
    /// Every claim payment lent, typed.
    typed_835: Option<Speed>,
    /// And added up: services, claims, payment.
    balanced_835: Option<Speed>,
    memchr_837p: Option<Speed>,
    tokenise_837p: Option<Speed>,
    /// Every claim lent, typed.
    typed_837p: Option<Speed>,
    /// Sets that were read, written segment by segment from their values.
    write_837p: Option<Speed>,
    /// SNIP 1 to 4.
    validate_837p: Option<Speed>,
    /// The most memory that this process held while the reader went through the longest file.
    stream_peak_rss_kib: Option<u64>,
    /// The same of `x12 check`.
    check_peak_rss_kib: Option<u64>,
    /// Million bytes of that file.
    stream_mb: f64,
    runs: u32,
}

pub fn run(codec: &Codec) -> Result<ExitCode> {
    let report = codec.measure()?;
    if codec.json {
        println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?);
    } else {
        report.print();
    }
    Ok(ExitCode::SUCCESS)
}

type Timed<'w> = &'w dyn Fn(&[u8]) -> Duration;

impl Codec {
    fn measure(&self) -> Result<Report> {
        let memchr = |text: &[u8]| timed(|| work::terminators(text));
        let tokenise = |text: &[u8]| timed(|| work::tokens(text));
        let typed = |text: &[u8]| timed(|| work::typed(text));
        let mut report = Report { runs: self.runs, ..Report::default() };
        // Memory first: what later holds whole files in memory would count.
        match &self.file {
            Some(path) => report.stream(path)?,
            None => {
                let kept = Temporary::new(&edi::claims_837p(self.seed, self.bytes()))?;
                report.stream(&kept.0)?;
            }
        }
        let file =
            self.file.as_ref().map(|path| std::fs::read(path).map_err(|cause| unreadable(path, &cause)));
        let (remittances, claims) = match file.transpose()? {
            None => {
                let claims = edi::claims_837p(self.seed, self.bytes());
                (edi::remittances_835(self.seed, self.bytes()), claims)
            }
            Some(text) if counted(&text, b"CLP") > 0 => (text, Vec::new()),
            Some(text) => (Vec::new(), text),
        };
        if counted(&remittances, b"CLP") > 0 {
            let works: [Timed<'_>; 4] = [&memchr, &tokenise, &typed, &|text| timed(|| work::balanced(text))];
            let [plain, tokens, read, balance] = self.speeds(&remittances, b"CLP", works);
            (report.memchr_835, report.tokenise_835) = (Some(plain), Some(tokens));
            (report.typed_835, report.balanced_835) = (Some(read), Some(balance));
        }
        if counted(&claims, b"CLM") > 0 {
            let works: [Timed<'_>; 5] =
                [&memchr, &tokenise, &typed, &write, &|text| timed(|| work::validated(text))];
            let [plain, tokens, read, write, validate] = self.speeds(&claims, b"CLM", works);
            (report.memchr_837p, report.tokenise_837p) = (Some(plain), Some(tokens));
            (report.typed_837p, report.write_837p) = (Some(read), Some(write));
            report.validate_837p = Some(validate);
        }
        Ok(report)
    }

    fn bytes(&self) -> usize {
        self.mb as usize * 1_000_000
    }

    /// Does each work over the same text, `memchr` first, all of them in each run.
    fn speeds<const N: usize>(&self, text: &[u8], claim: &[u8], works: [Timed<'_>; N]) -> [Speed; N] {
        let mut times = works.map(|_| Vec::new());
        for _ in 0..self.runs {
            for (work, times) in works.iter().zip(&mut times) {
                times.push(work(text));
            }
        }
        let claims = counted(text, claim);
        let medians = times.map(median);
        medians.map(|time| Speed::new(text.len(), claims, time, medians[0]))
    }
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    let detail = format!("cannot read {}: {cause}", path.display());
    Refusal::new("bench/unreadable", Status::Unreadable, detail, "Name an X12 file").into()
}

impl Speed {
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a measured rate, no money")]
    fn new(bytes: usize, claims: usize, time: Duration, plain: Duration) -> Speed {
        let seconds = time.as_secs_f64();
        Speed {
            mb_s: bytes as f64 / 1e6 / seconds,
            claims_s: claims as f64 / seconds,
            of_memchr: plain.as_secs_f64() / seconds,
        }
    }
}

/// A made-up file, for as long as it is needed.
struct Temporary(PathBuf);

impl Temporary {
    fn new(text: &[u8]) -> Result<Temporary> {
        let path = std::env::temp_dir().join(format!("firstpass-bench-codec-{}.edi", std::process::id()));
        let written = File::create(&path).and_then(|mut file| file.write_all(text));
        written.context("cannot write a file to measure")?;
        Ok(Temporary(path))
    }
}
impl Drop for Temporary {
    fn drop(&mut self) {
        // It was only there to be read.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Report {
    /// Reads a file as a stream, and checks it.
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a measured size, no money")]
    fn stream(&mut self, path: &Path) -> Result<()> {
        let open = || File::open(path).map_err(|cause| unreadable(path, &cause));
        self.stream_mb = open()?.metadata().context("cannot measure the file")?.len() as f64 / 1e6;
        forget_peak();
        let mut reader = Reader::new(open()?);
        while let Some(part) = reader.next()? {
            black_box(&part);
        }
        drop(reader);
        self.stream_peak_rss_kib = peak_rss_kib();
        forget_peak();
        let checked = check_stream(open()?, &Options::default());
        black_box(checked.map_err(|cause| unreadable(path, &cause))?.errors);
        self.check_peak_rss_kib = peak_rss_kib();
        Ok(())
    }

    fn print(&self) {
        println!("{:<16}{:>10}{:>14}{:>12}", "", "MB/s", "claims/s", "of memchr");
        for (name, speed) in [
            ("memchr_835", self.memchr_835),
            ("tokenise_835", self.tokenise_835),
            ("typed_835", self.typed_835),
            ("balanced_835", self.balanced_835),
            ("memchr_837p", self.memchr_837p),
            ("tokenise_837p", self.tokenise_837p),
            ("typed_837p", self.typed_837p),
            ("write_837p", self.write_837p),
            ("validate_837p", self.validate_837p),
        ] {
            if let Some(Speed { mb_s, claims_s, of_memchr }) = speed {
                println!("{name:<16}{mb_s:>10.0}{claims_s:>14.0}{of_memchr:>12.3}");
            }
        }
        for (what, kib) in [("read", self.stream_peak_rss_kib), ("checked", self.check_peak_rss_kib)] {
            if let Some(kib) = kib {
                println!("{:.0} MB {what} as a stream in at most {} MiB", self.stream_mb, kib / 1024);
            }
        }
        println!("medians of {} runs, one core", self.runs);
    }
}

/// How many segments there are with this identifier.
fn counted(text: &[u8], id: &[u8]) -> usize {
    let mut count = 0;
    each_token(text, |place, token| count += usize::from(place == 0 && token == id));
    count
}

/// How long this thread computed: other work of the machine does not count.
fn timed(work: impl FnOnce() -> u64) -> Duration {
    let start = thread_time();
    black_box(work());
    thread_time() - start
}

fn thread_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(now).expect("a thread computes from its beginning on")
}

/// Each part of the claims written right after it was read, less the reading.
fn write(text: &[u8]) -> Duration {
    let read = timed(|| work::each_part(text, |_| 0));
    let mut out = Render::new(Delimiters::USUAL);
    let both = timed(|| work::each_part(text, |part| work::written(part, &mut out)));
    both.saturating_sub(read)
}
