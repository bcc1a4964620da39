//! Whole programs, a model and the code that uses it: each with one mistake, for which there is one error.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

const PROGRAM: &str = include_str!("programs/house.rs");

include!("programs/mistakes.in");

/// What is underlined, and all that the error says.
type Told = (String, String);

/// Errors and warnings of programs, by their names.
fn check(programs: &[String]) -> Result<BTreeMap<String, Vec<Told>>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    let sources = project.join("src/bin");
    let _ = fs::remove_dir_all(&sources);
    fs::create_dir_all(&sources)?;
    fs::write(
        project.join("Cargo.toml"),
        format!(
            "[package]\nname = \"programs\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nmtl-nn = {{ path = {:?} }}\n\n[workspace]\n",
            root.display().to_string()
        ),
    )?;
    let _ = fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock"));
    for (number, program) in programs.iter().enumerate() {
        fs::write(sources.join(format!("program{number}.rs")), program)?;
    }
    let check = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--offline", "--bins", "--keep-going", "--message-format=json"])
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("check"))
        // As users have it: there rustc does not leave out what it says twice.
        .env("CARGO_INCREMENTAL", "1")
        .current_dir(&project)
        .output()?;
    let mut told: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&check.stdout).lines() {
        let Ok(report) = serde_json::from_str::<Value>(line) else { continue };
        let message = &report["message"];
        let is_summary = message["spans"].as_array().is_none_or(Vec::is_empty);
        if report["reason"] == "compiler-message" && !is_summary && (message["level"] == "error" || message["level"] == "warning") {
            let program = report["target"]["name"].as_str().unwrap_or_default().to_owned();
            told.entry(program).or_default().push((underlined(message), message["rendered"].as_str().unwrap_or_default().to_owned()));
        }
    }
    if check.status.success() != told.is_empty() {
        return Err(String::from_utf8_lossy(&check.stderr).into());
    }
    Ok(told)
}

/// The source under the caret: where it is longer than a line, its lines with a space between them.
fn underlined(message: &Value) -> String {
    let spans = message["spans"].as_array().into_iter().flatten();
    let lines = spans.filter(|span| span["is_primary"] == true).take(1).flat_map(|span| span["text"].as_array().into_iter().flatten());
    let column = |line: &Value, key: &str| line[key].as_u64().and_then(|column| usize::try_from(column).ok()).unwrap_or(1) - 1;
    let text = |line: &Value| {
        let letters: Vec<char> = line["text"].as_str().unwrap_or_default().chars().collect();
        letters[column(line, "highlight_start")..column(line, "highlight_end")].iter().collect::<String>()
    };
    lines.map(text).collect::<Vec<_>>().join(" ")
}

#[test]
fn one_mistake_in_a_program_is_one_error() -> Result<(), Box<dyn Error>> {
    let mut programs = Vec::new();
    for (from, to, ..) in MISTAKES {
        assert_eq!(PROGRAM.matches(from).count(), 1, "`{from}` stands once in the program");
        programs.push(PROGRAM.replace(from, to));
    }
    programs.push(PROGRAM.to_owned());
    let told = check(&programs)?;
    assert_eq!(told.get(&format!("program{}", MISTAKES.len())), None, "the program without a mistake compiles");
    let mut wrong = String::new();
    for (number, (from, to, caret, words)) in MISTAKES.iter().enumerate() {
        let told = told.get(&format!("program{number}")).map_or(&[][..], Vec::as_slice);
        let is_right = matches!(told, [(under, text)] if under == caret && words.split('|').all(|words| text.contains(words)));
        if !is_right {
            wrong += &format!("\n{from}  =>  {to}\n  wanted under `{caret}`: {words}\n");
            told.iter().for_each(|(under, text)| wrong += &format!("  under `{under}`: {text}"));
        }
    }
    let count = wrong.matches("  wanted under").count();
    assert!(wrong.is_empty(), "{count} of {} are not told as they should be\n{wrong}", MISTAKES.len());
    Ok(())
}
