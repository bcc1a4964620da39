//! What the pages of `docs/` say is what there is: programs in the guide to embedding are those of `examples/embedded`, which are built and run by
//! `tests/builds/embedded.rs` and the gate; the strategies are those of `mtl::balance`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mtl::balance::{EveryDirection, EveryWeighting};

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line).trim()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_program_in_the_guide_to_embedding_is_one_that_is_built() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("examples/embedded"), &mut paths);
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let programs: Vec<BTreeSet<&str>> = texts.iter().map(|text| text.lines().map(code).collect()).collect();

    let guide = fs::read_to_string(root.join("docs/embedding.md")).unwrap();
    let blocks: Vec<&str> = guide.split("```rust").skip(1).map(|rest| rest.split("```").next().unwrap().split_once('\n').unwrap().1).collect();
    assert!(blocks.len() >= 10, "{} blocks", blocks.len());
    for block in blocks {
        let lines: Vec<&str> = block.lines().map(code).filter(|line| !line.is_empty()).collect();
        // The program that has the most of it should have all.
        let missing = programs.iter().map(|program| lines.iter().filter(|line| !program.contains(*line)).collect::<Vec<_>>());
        let missing = missing.min_by_key(Vec::len).unwrap();
        assert!(missing.is_empty(), "no program of `examples/embedded` has these lines:\n{missing:#?}\nof\n{block}");
    }
}

#[test]
fn every_strategy_has_its_line_and_is_counted() {
    let page = |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let choosing = page("docs/choosing.md");
    // Nobody has published a fixed weight or a sum.
    let weightings = EveryWeighting::ALL.iter().filter(|&&name| name != EveryWeighting::FixedWeights).map(|name| format!("`.weighting({name:?}"));
    let directions = EveryDirection::ALL.iter().filter(|&&name| name != EveryDirection::Sum).map(|name| format!("`.direction({name:?}"));
    let published: Vec<String> = weightings.chain(directions).collect();
    for call in &published {
        assert!(choosing.lines().any(|line| line.starts_with('|') && line.contains(call)), "docs/choosing.md has no line with {call}");
    }
    for (name, text) in [("README.md", "published ones are in"), ("CHANGELOG.md", "published balancing strategies")] {
        let counted = format!("{} {text}", published.len());
        assert!(page(name).contains(&counted), "{name} does not say `{counted}`");
    }
}
