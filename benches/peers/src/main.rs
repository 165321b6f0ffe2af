//! How fast other people's X12 is, beside ours: the same made-up files, one run, one core.
//! `README.md` says what each figure holds.

mod firstpass_work;
mod others;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use firstpass::synth::edi::{claims_837p, remittances_835};

/// What is done with a file; people who do the same are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Terminators,
    Tokenise,
    Typed,
    Balanced,
    Write,
    Validate,
}

/// One line of the table.
struct Row {
    task: Task,
    set: &'static str,
    who: String,
    mb_s: f64,
    runs: usize,
    peak_mib: Option<f64>,
    note: String,
}

/// A made-up file and where it lies on disk.
struct Sample {
    set: &'static str,
    text: Vec<u8>,
    path: PathBuf,
}

impl Sample {
    fn new(set: &'static str, name: &str, text: Vec<u8>, folder: &Path) -> Sample {
        let path = folder.join(name);
        std::fs::write(&path, &text).expect("the folder can be written to");
        Sample { set, text, path }
    }
    fn megabytes(&self) -> f64 {
        self.text.len() as f64 / 1e6
    }
}

type Work<'w> = &'w dyn Fn(&[u8]) -> Duration;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next();
    match next().as_deref() {
        Some("memory") => return memory(&next().expect("memory FILE")),
        Some("run") => {}
        _ => {
            eprintln!("firstpass-peers run FOLDER PYTHON [MEGABYTES [RUNS]]");
            std::process::exit(2);
        }
    }
    let folder = PathBuf::from(next().expect("a folder for the made-up files"));
    let python = next().expect("a Python that has requirements.txt installed");
    let megabytes: usize = next().map_or(20, |text| text.parse().expect("megabytes"));
    let runs: usize = next().map_or(7, |text| text.parse().expect("runs"));
    std::fs::create_dir_all(&folder).expect("a folder for the made-up files");

    let bytes = megabytes * 1_000_000;
    let remittances = Sample::new("835", "remittances.835", remittances_835(835, bytes), &folder);
    let claims = Sample::new("837P", "claims.837", claims_837p(837, bytes), &folder);
    // For those who need seconds for a megabyte.
    let few = Sample::new("837P", "few_claims.837", claims_837p(837, 1_000_000), &folder);
    // For memory: does it grow with the file?
    let many = Sample::new("835", "many_remittances.835", remittances_835(835, 5 * bytes), &folder);
    for loss in others::taken(&remittances.text, &claims.text) {
        eprintln!("{loss}");
    }

    let mut rows = Vec::new();
    measure(
        &mut rows,
        &remittances,
        runs,
        &[
            (Task::Terminators, "memchr", &firstpass_work::terminators),
            (Task::Tokenise, "firstpass", &firstpass_work::tokenise),
            (Task::Tokenise, "x12-stream-parser", &others::tokenise),
            (Task::Typed, "firstpass", &firstpass_work::typed),
            (Task::Typed, "x12-types", &others::typed_835),
            (Task::Balanced, "firstpass", &firstpass_work::balanced),
        ],
    );
    measure(
        &mut rows,
        &claims,
        runs,
        &[
            (Task::Terminators, "memchr", &firstpass_work::terminators),
            (Task::Tokenise, "firstpass", &firstpass_work::tokenise),
            (Task::Tokenise, "x12-stream-parser", &others::tokenise),
            (Task::Typed, "firstpass", &firstpass_work::typed),
            (Task::Typed, "x12-types", &others::typed_837),
            (Task::Write, "firstpass", &firstpass_work::write),
            (Task::Write, "x12-types", &others::write_837),
            (Task::Validate, "firstpass", &firstpass_work::validate),
        ],
    );
    for sample in [&remittances, &many] {
        let peak = own_peak(&sample.path);
        rows.push(Row {
            task: Task::Balanced,
            set: sample.set,
            who: "firstpass".to_owned(),
            mb_s: 0.0,
            runs: 1,
            peak_mib: Some(peak),
            note: format!("memory, {:.0} MB", sample.megabytes()),
        });
    }
    for (who, task, sample, runs) in [
        ("oxedi", Task::Balanced, &remittances, runs),
        ("oxedi-stream", Task::Balanced, &remittances, runs),
        ("oxedi-stream", Task::Balanced, &many, 3),
        ("x12sdk", Task::Validate, &few, 3),
        ("pyx12", Task::Validate, &few, 3),
    ] {
        rows.extend(in_python(&python, who, task, sample, runs));
    }
    print(&rows);
}

/// Each work over the same text, all of them in each run; medians.
fn measure(rows: &mut Vec<Row>, sample: &Sample, runs: usize, works: &[(Task, &str, Work<'_>)]) {
    let mut times = vec![Vec::new(); works.len()];
    for _ in 0..runs {
        for ((_, _, work), times) in works.iter().zip(&mut times) {
            times.push(work(&sample.text));
        }
    }
    for (&(task, who, _), mut times) in works.iter().zip(times) {
        times.sort_unstable();
        let seconds = times[times.len() / 2].as_secs_f64();
        let note = format!("{:.0} MB", sample.megabytes());
        let mb_s = sample.megabytes() / seconds;
        rows.push(Row { task, set: sample.set, who: who.to_owned(), mb_s, runs, peak_mib: None, note });
    }
}

/// `peers.py` measures a process of its own, and prints one JSON object.
fn in_python(python: &str, who: &str, task: Task, sample: &Sample, runs: usize) -> Option<Row> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers.py");
    let output = Command::new(python).arg(script).arg(who).arg(&sample.path).arg(runs.to_string()).output();
    let output = output.expect("python starts");
    let Ok(found) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else {
        eprintln!("{who}: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    };
    let number = |name: &str| found[name].as_f64();
    Some(Row {
        task,
        set: sample.set,
        who: who.to_owned(),
        mb_s: sample.megabytes() / number("seconds")?,
        runs,
        peak_mib: number("peak_mib"),
        note: format!("{:.0} MB, {}", sample.megabytes(), found["note"].as_str().unwrap_or_default()),
    })
}

/// The peak of a process that does nothing but read this file as a stream and balance it.
fn own_peak(path: &Path) -> f64 {
    let this = std::env::current_exe().expect("a process knows its program");
    let output = Command::new(this).arg("memory").arg(path).output().expect("this program starts again");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number of MiB")
}

fn memory(path: &str) {
    let file = std::fs::File::open(path).expect("the file can be read");
    black_box(firstpass_work::balanced_stream(file));
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says how much a process holds");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak is said");
    let kib: f64 = peak.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    println!("{:.1}", kib / 1024.0);
}

fn print(rows: &[Row]) {
    println!("| set | task | who | MB/s | firstpass is faster by | peak MiB | runs | what of |");
    println!("| --- | --- | --- | ---: | ---: | ---: | ---: | --- |");
    for row in rows {
        let ours = rows.iter().find(|other| {
            (other.task, other.set, other.who.as_str()) == (row.task, row.set, "firstpass")
                && other.mb_s > 0.0
        });
        let factor = match ours {
            Some(ours) if row.who != "firstpass" && row.mb_s > 0.0 => format!("{:.1}", ours.mb_s / row.mb_s),
            _ => String::new(),
        };
        let speed = match row.mb_s {
            none if none == 0.0 => String::new(),
            slow if slow < 10.0 => format!("{slow:.2}"),
            fast => format!("{fast:.0}"),
        };
        let peak = row.peak_mib.map_or(String::new(), |peak| format!("{peak:.0}"));
        let Row { set, task, who, runs, note, .. } = row;
        println!("| {set} | {task:?} | {who} | {speed} | {factor} | {peak} | {runs} | {note} |");
    }
}

/// How long this thread computed: other work of the machine does not count.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = thread_time();
    let made = black_box(work());
    (thread_time() - start, made)
}

fn thread_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(now).expect("a thread computes from its beginning on")
}
