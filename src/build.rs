//! Tells cargo that the migrations are compiled in: without it a new folder there goes unnoticed.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
