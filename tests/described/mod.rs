//! What `describe` writes compiles, reads its file and trains. `MTL_WRITE_PAGES=1 cargo test --test tables` writes it anew.

use mtl::evaluate::Evaluate;
use mtl::prelude::*;
use mtl::report::Report;

mod elderly_care {
    use mtl::prelude::*;
    include!("elderly_care.rs");
}
mod penguins {
    use mtl::prelude::*;
    include!("penguins.rs");
}
/// Titles that are no names of Rust, missing cells of every kind, texts that differ in letters alone, signs.
mod odd {
    use mtl::prelude::*;
    include!("odd.rs");
}

#[track_caller]
fn is_written(csv: &str, rust: &str, model: &str, targets: &[&str]) {
    let description = mtl::data::describe(csv).unwrap();
    let written = description.declaration(model, targets).unwrap();
    let path = format!("tests/described/{rust}.rs");
    if std::env::var_os("MTL_WRITE_PAGES").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    assert_eq!(written, std::fs::read_to_string(&path).unwrap(), "`MTL_WRITE_PAGES=1 cargo test --test tables` writes {path} anew");
}

#[track_caller]
fn trains<M: Evaluate<Scalar = f32>>(mut model: M, (train, test): (Dataset<M>, Dataset<M>)) {
    let before = model.evaluate(&test).unwrap().loss();
    Trainer::new(Adam::new(3e-3)).epochs(5).quiet().fit(&mut model, &train).unwrap();
    let after = model.evaluate(&test).unwrap().loss();
    assert!(after < before, "{before} becomes {after}");
}

#[test]
fn a_table_of_texts_and_numbers() {
    is_written("data/elderly_care.csv", "elderly_care", "elderly_care", &["visits", "health", "stayed"]);
    let model: elderly_care::ElderlyCare = elderly_care::ElderlyCare::new(&mut mtl::seeded(1));
    trains(model, Csv::open("data/elderly_care.csv").split("split", "train").unwrap());
}

#[test]
fn a_table_with_labels_missing() {
    is_written("data/penguins.csv", "penguins", "penguins", &["species", "sex", "body_mass_g", "delta15n"]);
    let model: penguins::Penguins = penguins::Penguins::new(&mut mtl::seeded(1));
    trains(model, Csv::open("data/penguins.csv").split("split", "train").unwrap());
}

#[test]
fn a_table_with_odd_titles_and_cells() {
    is_written("tests/described/odd.csv", "odd", "odd", &["income", "a b", "class"]);
    let model: odd::Odd = odd::Odd::new(&mut mtl::seeded(1));
    let all = Csv::open("tests/described/odd.csv").missing(["NA", "?", "unknown"]).read::<odd::Odd>().unwrap();
    trains(model, (all.clone(), all));
}

#[test]
fn what_is_described_is_in_the_file() {
    let description = mtl::data::describe("tests/described/odd.csv").unwrap();
    assert_eq!((description.rows, description.columns.len()), (22, 12));
    assert_eq!(description.missing_texts(), ["unknown"]);
    let hours = &description.columns[1];
    assert_eq!((hours.missing, hours.present, hours.min, hours.max, hours.whole), (1, 21, 10.0, 62.0, true));
    let size = &description.columns[4];
    assert_eq!(size.categories, [("small".to_owned(), 11), ("large".to_owned(), 9)]);
    assert_eq!(mtl::data::describe("data/labour.csv").unwrap().split(), Some(("split", "train")));
}

#[test]
fn what_cannot_be_described_or_learned_is_an_error() {
    let description = mtl::data::describe("data/labour.csv").unwrap();
    let error = |targets: &[&str]| description.declaration("m", targets).unwrap_err().to_string();
    assert_eq!(error(&[]), "name at least one column as a target");
    assert_eq!(
        error(&["wage"]),
        "there is no column `wage` for a target; the file has `age`, `sex`, `language`, `education`, `wages`, `split`; the nearest is `wages`"
    );
    assert_eq!(error(&["age", "sex", "language", "education", "wages"]), "no column is left for an input");
    let odd = mtl::data::describe("tests/described/odd.csv").unwrap();
    assert_eq!(odd.declaration("m", &["note"]).unwrap_err().to_string(), "nothing can be learned from the column `note` as a target: it is text");
    let of = |text: &str| Csv::from_reader(text.as_bytes()).unwrap().describe();
    assert_eq!(of("a,b\n1\n").unwrap_err().to_string(), "CSV, line 2: the line has 1 cells, but the header has 2: `a`, `b`");
    assert!(of("").unwrap_err().to_string().contains("the file is empty"));
    // Only a header: nothing is known of its columns.
    assert_eq!(of("a,b\n").unwrap().columns[0].kind, mtl::data::ColumnKind::Empty);
    assert!(of("a,b\n").unwrap().to_string().contains("0 rows, 2 columns"));
}
