//! Entry checks, cutting and reading of data sets.

use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::pass::Batch;
use crate::testing::{Tiny, TinyInputs, TinyTargets, dataset, row};

fn sample(x: f64, group: usize, level: f64, kind: Option<usize>) -> (TinyInputs, TinyTargets) {
    (TinyInputs { point: [x, 0.0].into(), group }, TinyTargets { level, kind })
}

/// Row 0 is valid, row 1 is the one given.
fn second_row(row: (TinyInputs, TinyTargets)) -> DataError {
    Dataset::<Tiny>::from_rows([sample(1.0, 0, 1.0, None), row]).unwrap_err()
}

#[test]
fn an_input_that_is_not_finite_is_refused_by_row_and_name() {
    for x in [f64::NAN, f64::INFINITY] {
        let error = second_row(sample(x, 0, 0.0, None));
        assert!(matches!(error, DataError::InvalidInput { row: 1, input: "point", column: None, problem: TargetError::NotFinite { .. } }), "{error}");
    }
    assert_eq!(second_row(sample(f64::NAN, 0, 0.0, None)).to_string(), "row 1: input `point`: NaN is not finite");
}

#[test]
fn a_class_input_out_of_range_is_refused() {
    let error = second_row(sample(0.0, 3, 0.0, None));
    assert_eq!(error.to_string(), "row 1: input `group`: class 3 is out of range: there are 3 classes, 0 to 2");
}

#[test]
fn a_target_that_is_not_finite_is_refused() {
    let error = second_row(sample(0.0, 0, f64::NAN, None));
    assert!(matches!(error, DataError::InvalidTarget { row: 1, head: "level", problem: TargetError::NotFinite { .. } }), "{error}");
}

#[test]
fn a_class_target_out_of_range_is_refused() {
    let error = second_row(sample(0.0, 0, 0.0, Some(3)));
    assert!(
        matches!(error, DataError::InvalidTarget { row: 1, head: "kind", problem: TargetError::ClassOutOfRange { class: 3, classes: 3 } }),
        "{error}"
    );
}

#[test]
fn a_target_outside_the_domain_of_its_loss_is_refused() {
    assert_eq!(second_row(sample(0.0, 0, -101.0, None)).to_string(), "row 1: head `level`: -101 is not at least -100");
}

#[test]
fn a_weight_that_is_negative_or_not_finite_is_refused() {
    let mut data = Dataset::<Tiny>::new();
    let (inputs, targets) = row(0);
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let error = data.push_weighted(inputs.clone(), targets.clone(), weight).unwrap_err();
        assert!(matches!(error, DataError::InvalidWeight { row: 0, .. }), "{error}");
    }
    assert!(data.is_empty());
}

/// A record that lacks what the types of a model cannot lack.
struct Lacking;

impl Record<f64> for Lacking {
    fn real(&self, _: usize) -> Option<&[f64]> {
        None
    }
    fn class(&self, _: usize) -> Option<usize> {
        None
    }
}

#[test]
fn a_required_label_and_an_input_cannot_be_missing() {
    let mut data = Dataset::<Tiny>::new();
    let (inputs, targets) = row(0);
    assert!(matches!(data.push_records(0, &inputs, &Lacking, 1.0), Err(DataError::MissingLabel { row: 0, head: "level" })));
    assert!(matches!(data.push_records(0, &Lacking, &targets, 1.0), Err(DataError::MissingInput { row: 0, input: "point" })));
}

#[test]
fn a_refused_row_leaves_no_trace() {
    let mut data = dataset(3);
    let (inputs, mut targets) = row(3);
    targets.kind = Some(9);
    assert!(data.push(inputs, targets).is_err());
    assert_eq!(data, dataset(3));
}

#[test]
fn rows_come_out_as_they_went_in() {
    let mut data = dataset(5);
    let (inputs, targets) = row(5);
    data.push_weighted(inputs, targets, 2.5).unwrap();
    for number in 0..6 {
        let (inputs, targets) = row(number);
        let (stored_inputs, stored_targets) = (data.inputs(number).unwrap(), data.targets(number).unwrap());
        assert_eq!(stored_inputs.real(0), Some(inputs.point.as_slice()));
        assert_eq!(stored_inputs.class(1), Some(inputs.group));
        assert_eq!(stored_inputs.real(1), None);
        assert_eq!(stored_targets.real(0), Some(&[targets.level][..]));
        assert_eq!(stored_targets.class(1), targets.kind);
        assert_eq!(data.weight(number), Some(if number == 5 { 2.5 } else { 1.0 }));
    }
    assert!(data.inputs(6).is_none() && data.targets(6).is_none() && data.weight(6).is_none());
}

#[test]
fn skipped_rows_are_left_out_and_rejected_ones_stop() {
    let data = Dataset::<Tiny>::from_rows((0..10).map(|number| (number % 2 == 0).then(|| row(number)))).unwrap();
    assert_eq!(data, dataset(10).subset(&[0, 2, 4, 6, 8]).unwrap());
    let rows = (0..10).map(|number| if number < 7 { Ok(Some(row(number))) } else { Err("broken") });
    assert_eq!(Dataset::<Tiny>::from_rows(rows).unwrap_err().to_string(), "row 7: broken");
}

#[test]
fn labels_are_counted_by_class() {
    let data = Dataset::<Tiny>::from_rows([0, 2, 2, 9].map(|kind| sample(0.0, 0, 0.0, (kind < 3).then_some(kind)))).unwrap();
    assert_eq!(data.labels("kind").unwrap(), LabelCounts { present: 3, missing: 1, classes: vec![1, 0, 2], names: &[] });
    assert_eq!(data.labels("level").unwrap(), LabelCounts { present: 4, missing: 0, classes: vec![], names: &[] });
    assert_eq!(data.labels("king").unwrap_err().to_string(), "`Tiny` has no head `king`");
    assert_eq!([0, 1].map(|head| data.rows(&[0, 3, 3]).unwrap().labels(head)), [3, 1]);
    assert_eq!([0, 1].map(|head| Batch::labels(&data, head)), [4, 3]);
    assert!(matches!(data.rows(&[0, 4]), Err(DataError::RowOutOfRange { row: 4, rows: 4 })));
}

#[test]
fn append_and_subset_keep_weights() {
    let mut left = dataset(2);
    let mut right = Dataset::<Tiny>::new();
    let (inputs, targets) = row(2);
    right.push_weighted(inputs, targets, 0.0).unwrap();
    left.append(&right);
    assert_eq!((left.len(), left.weight(0), left.weight(2)), (3, Some(1.0), Some(0.0)));
    let subset = left.subset(&[2, 0, 2]).unwrap();
    assert_eq!([0, 1, 2].map(|row| subset.weight(row)), [Some(0.0), Some(1.0), Some(0.0)]);
    assert!(matches!(left.subset(&[0, 3]), Err(DataError::RowOutOfRange { row: 3, rows: 3 })));
}

#[test]
fn a_split_that_leaves_nothing_is_refused() {
    assert!(matches!(Dataset::<Tiny>::new().split(0.5, 0), Err(DataError::Empty)));
    for fraction in [0.0, 0.01, 0.99, 1.0, -1.0, 2.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(dataset(10).split(fraction, 0), Err(DataError::EmptySplit { rows: 10, .. })), "{fraction}");
    }
    for folds in [0, 1, 11] {
        assert!(matches!(dataset(10).k_fold(folds, 0), Err(DataError::InvalidFolds { rows: 10, .. })), "{folds}");
    }
}

#[test]
fn stratifying_needs_classes() {
    let error = dataset(10).stratified("level").unwrap_err();
    assert_eq!(error.to_string(), "rows cannot be stratified by the head `level`: its targets are neither classes nor all 0 or 1");
    // Zeros and ones, as binary heads have, are classes.
    let binary = Dataset::<Tiny>::from_rows((0..10).map(|number| sample(number as f64, 0, f64::from(u8::from(number < 2)), None))).unwrap();
    let (first, second) = binary.stratified("level").unwrap().split(0.5, 3).unwrap();
    for part in [first, second] {
        assert_eq!((0..part.len()).filter(|&row| part.targets(row).unwrap().real(0) == Some(&[1.0])).count(), 1);
    }
}

/// Recognises rows: the first coordinate is the number of the row.
fn numbered(kinds: &[Option<usize>]) -> Dataset<Tiny> {
    Dataset::from_rows(kinds.iter().enumerate().map(|(number, &kind)| sample(number as f64, 0, 0.0, kind))).unwrap()
}

fn numbers(data: &Dataset<Tiny>) -> Vec<usize> {
    (0..data.len()).map(|row| data.inputs(row).unwrap().real(0).unwrap()[0] as usize).collect()
}

fn count(data: &Dataset<Tiny>, kind: Option<usize>) -> usize {
    (0..data.len()).filter(|&row| data.targets(row).unwrap().class(1) == kind).count()
}

proptest! {
    #[test]
    fn a_split_has_every_row_once_and_the_share_asked_for(
        kinds in prop::collection::vec(prop::option::of(0..3_usize), 2..120), fraction in 0.0..1.0, seed in any::<u64>(), stratified in any::<bool>(),
    ) {
        let data = numbered(&kinds);
        let parts = if stratified { data.stratified("kind").unwrap().split(fraction, seed) } else { data.split(fraction, seed) };
        let share = (fraction * kinds.len() as f64).round() as usize;
        prop_assume!(share > 0 && share < kinds.len());
        let (first, second) = parts.unwrap();
        prop_assert_eq!(first.len(), share);
        let mut all = [numbers(&first), numbers(&second)].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..kinds.len()).collect::<Vec<_>>());
        if stratified {
            for kind in [None, Some(0), Some(1), Some(2)] {
                let expected = count(&data, kind) as f64 * share as f64 / kinds.len() as f64;
                prop_assert!((count(&first, kind) as f64 - expected).abs() < 1.0 + 1e-9);
            }
        }
    }

    #[test]
    fn folds_have_every_row_once_in_equal_parts(
        kinds in prop::collection::vec(prop::option::of(0..3_usize), 2..80), folds in 2..9_usize, seed in any::<u64>(), stratified in any::<bool>(),
    ) {
        prop_assume!(folds <= kinds.len());
        let data = numbered(&kinds);
        let parts = if stratified { data.stratified("kind").unwrap().k_fold(folds, seed) } else { data.k_fold(folds, seed) }.unwrap();
        prop_assert_eq!(parts.len(), folds);
        let mut seen = BTreeSet::new();
        for (train, validation) in parts {
            prop_assert_eq!(train.len() + validation.len(), data.len());
            prop_assert!(validation.len() == data.len() / folds || validation.len() == data.len().div_ceil(folds));
            let own: BTreeSet<_> = numbers(&validation).into_iter().collect();
            prop_assert!(numbers(&train).iter().all(|number| !own.contains(number)));
            if stratified {
                for kind in [None, Some(0), Some(1), Some(2)] {
                    let all = count(&data, kind);
                    prop_assert!(count(&validation, kind) == all / folds || count(&validation, kind) == all.div_ceil(folds));
                }
            }
            seen.extend(own);
        }
        prop_assert_eq!(seen.len(), data.len());
    }
}

#[test]
fn seeds_fix_splits_folds_and_orders() {
    let data = dataset(60);
    assert_eq!(data.split(0.5, 7).unwrap(), data.split(0.5, 7).unwrap());
    assert_ne!(data.split(0.5, 7).unwrap(), data.split(0.5, 8).unwrap());
    assert!(data.k_fold(4, 7).unwrap().eq(data.k_fold(4, 7).unwrap()));
    assert!(data.k_fold(4, 7).unwrap().ne(data.k_fold(4, 8).unwrap()));
    assert_eq!(data.shuffled(7), data.shuffled(7));
    assert_ne!(data.shuffled(7), data.shuffled(8));
    assert_ne!(data.shuffled(7), data);
    let (even, odd) = data.partition(|row| row % 2 == 0);
    assert_eq!((even.len(), odd.inputs(0).unwrap().real(0)), (30, data.inputs(1).unwrap().real(0)));
}

#[derive(Deserialize)]
struct Line {
    x: f64,
    y: f64,
    group: usize,
    level: f64,
    kind: Option<usize>,
    split: String,
}

fn from_line(line: Line) -> (TinyInputs, TinyTargets) {
    (TinyInputs { point: [line.x, line.y].into(), group: line.group }, TinyTargets { level: line.level, kind: line.kind })
}

const FILE: &str = "x,y,group,level,kind,split\n1,2,0,3.5,2,train\n3,4,1,-1,,test\n5,6,2,0,0,train\n";

#[test]
fn csv_rows_become_samples_and_empty_cells_missing_labels() {
    let data = Dataset::<Tiny>::from_csv_reader_rows(FILE.as_bytes(), from_line).unwrap();
    assert_eq!(data.labels("kind").unwrap(), LabelCounts { present: 2, missing: 1, classes: vec![1, 0, 1], names: &[] });
    assert_eq!(data.inputs(2).unwrap().real(0), Some(&[5.0, 6.0][..]));
    let train = Dataset::<Tiny>::from_csv_reader_rows(FILE.as_bytes(), |line: Line| (line.split == "train").then(|| from_line(line))).unwrap();
    assert_eq!(train, data.subset(&[0, 2]).unwrap());
}

#[test]
fn csv_rows_may_be_tuples_with_many_columns_of_one_kind() {
    let data = Dataset::<Tiny>::from_csv_reader_rows(
        FILE.as_bytes(),
        |(Fields(point), group, level, kind, _): (Fields<f64, 2>, usize, f64, Option<usize>, String)| {
            (TinyInputs { point: point.into(), group }, TinyTargets { level, kind })
        },
    );
    assert_eq!(data.unwrap(), Dataset::from_csv_reader_rows(FILE.as_bytes(), from_line).unwrap());
}

#[test]
fn csv_errors_name_the_line() {
    let read = |text: &str| Dataset::<Tiny>::from_csv_reader_rows(text.as_bytes(), from_line).unwrap_err().to_string();
    assert_eq!(read(&FILE.replace("3.5", "abc")), "CSV, line 2: column `level`, cell `abc`: invalid float literal");
    assert_eq!(read(&FILE.replace(",2,0,0,", ",7,0,0,")), "CSV, line 4: row 2: input `group`: class 7 is out of range: there are 3 classes, 0 to 2");
    assert_eq!(read(&FILE.replace("-1", "NaN")), "CSV, line 3: row 1: head `level`: NaN is not finite");
    assert!(read(&format!("{FILE}1,2\n")).starts_with("CSV, line 5: "), "{}", read(&format!("{FILE}1,2\n")));
    let rejected =
        Dataset::<Tiny>::from_csv_reader_rows(FILE.as_bytes(), |line: Line| if line.x < 2.0 { Ok(from_line(line)) } else { Err("too far") });
    assert_eq!(rejected.unwrap_err().to_string(), "CSV, line 3: row 1: too far");
    assert_eq!(
        read("x,y,group,kind,split\n1,2,0,2,train\n"),
        "CSV, line 2: missing field `level`; the line has x = `1`, y = `2`, group = `0`, kind = `2`, split = `train`"
    );
    assert!(read(&FILE.replace("kind,split", "level,split")).starts_with("CSV, line 2: duplicate field `level`; the line has x = "));
}

#[test]
fn a_csv_file_can_say_how_it_is_split() {
    let path = std::env::temp_dir().join(format!("mtl-split-{}.csv", std::process::id()));
    std::fs::write(&path, FILE).unwrap();
    let parts = Dataset::<Tiny>::split_csv_rows(&path, |line: &Line| line.split == "train", from_line);
    let whole = Dataset::<Tiny>::from_csv_rows(&path, from_line).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(parts.unwrap(), whole.partition(|row| row != 1));
    let error = Dataset::<Tiny>::from_csv_rows(&path, from_line).unwrap_err();
    assert!(matches!(error, DataError::Open { .. }) && error.to_string().contains("mtl-split"), "{error}");
}

/// What a tuple of two numbers and a class makes of a text, as `(numbers, class)` by row; or the error.
fn tuples(text: &str) -> Result<Vec<(Vec<f64>, usize)>, String> {
    let data = Dataset::<Tiny>::from_csv_reader_rows(text.as_bytes(), |(Fields(point), group): (Fields<f64, 2>, usize)| {
        (TinyInputs { point: point.into(), group }, TinyTargets { level: 0.0, kind: None })
    });
    let data = data.map_err(|error| error.to_string())?;
    Ok((0..data.len()).map(|row| (data.inputs(row).unwrap().real(0).unwrap().to_vec(), data.inputs(row).unwrap().class(1).unwrap())).collect())
}

#[test]
fn csv_tuples_take_every_column() {
    let expected = vec![(vec![1.0, 2.0], 1), (vec![3.0, 4.0], 2)];
    assert_eq!(tuples("a,b,c\n1,2,1\n3,4,2\n").unwrap(), expected);
    let error = |text: &str| tuples(text).unwrap_err();
    assert_eq!(error("a,b,c,d\n1,2,0,1\n"), "CSV, line 2: the file has 4 columns, but the row type takes 3: `a`, `b`, `c`, `d`");
    assert_eq!(error("a,b\n1,2\n"), "CSV, line 2: the file has 2 columns, but the row type takes 3: `a`, `b`");
    assert_eq!(error("a\n1\n"), "CSV, line 2: the file has 1 columns, but the row type takes 3: `a`");
    assert_eq!(error("a,b,c\n1,2,1\n3,4\n"), "CSV, line 3: the line has 2 cells, but the header has 3: `a`, `b`, `c`");
    assert_eq!(error("a,b,c\n1,2,1,\n"), "CSV, line 2: the line has 4 cells, but the header has 3: `a`, `b`, `c`");
    assert_eq!(error("a,b,c\n1,x y,1\n"), "CSV, line 2: column `b`, cell `x y`: invalid float literal");
    assert_eq!(error("a,b,c\n1,,1\n"), "CSV, line 2: column `b`, cell ``: cannot parse float from empty string");
    // What numbers alone do not stand for: the count of columns is not known beforehand.
    let flag = Dataset::<Tiny>::from_csv_reader_rows("a\n1\n".as_bytes(), |(_, _): (f64, bool)| -> Option<(TinyInputs, TinyTargets)> { None });
    assert_eq!(flag.unwrap_err().to_string(), "CSV, line 2: invalid length 1, expected a tuple of size 2; the line has a = `1`");
    // A list takes what there is; a list of lists would not end.
    let list = Dataset::<Tiny>::from_csv_reader_rows("a,b\n1,2\n".as_bytes(), |row: (f64, Vec<f64>)| {
        assert_eq!(row, (1.0, vec![2.0]));
        None::<(TinyInputs, TinyTargets)>
    });
    assert!(list.is_ok());
}

#[test]
fn csv_is_read_as_it_is_written() {
    let expected = vec![(vec![1.0, 2.0], 1), (vec![3.0, 4.0], 2)];
    for text in [
        "a,b,c\r\n1,2,1\r\n3,4,2\r\n",
        "a,b,c\r1,2,1\r3,4,2",
        "a,b,c\n1,2,1\n3,4,2",
        "\u{FEFF}a,b,c\n1,2,1\n3,4,2\n",
        "\n\na,b,c\n\n1,2,1\n  \n\n3,4,2\n\n\n",
        "a, b ,c\n1, 2, 1\n 3 ,4\t,2 \n",
        "\"a\",\"b\",\"c\"\n\"1\",\"2\",1\n3, \"4\" ,\"2\"\n",
        "\u{FEFF}\"a\",b,c\n1,2,1\n3,4,2",
    ] {
        assert_eq!(tuples(text).as_ref(), Ok(&expected), "{text:?}");
    }
    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    struct Named {
        name: String,
        #[serde(rename = "the colour")]
        colour: Colour,
        level: Option<f64>,
        sure: bool,
        absent: Option<u8>,
    }
    let mut rows = Vec::new();
    let text = "surplus,level,name,the colour,sure\n,,\"a, \"\"b\"\"\nand c\",green,true\nx,-1.5e3, plain ,red,false\n";
    let data = Dataset::<Tiny>::from_csv_reader_rows(text.as_bytes(), |row: Named| {
        rows.push(row);
        None::<(TinyInputs, TinyTargets)>
    });
    assert!(data.is_ok_and(|data| data.is_empty()));
    let named = |name: &str, colour, level, sure| Named { name: name.into(), colour, level, sure, absent: None };
    assert_eq!(rows, [named("a, \"b\"\nand c", Colour::Green, None, true), named("plain", Colour::Red, Some(-1500.0), false)]);

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[allow(dead_code, reason = "only whether it can be read matters")]
        a: f64,
    }
    let strict = Dataset::<Tiny>::from_csv_reader_rows("a,b\n1,2\n".as_bytes(), |_: Strict| None::<(TinyInputs, TinyTargets)>);
    assert!(strict.unwrap_err().to_string().contains("unknown field `b`"));
    #[derive(Deserialize)]
    struct Flat {
        a: f64,
        #[serde(flatten)]
        rest: std::collections::BTreeMap<String, f64>,
    }
    let mut sums = Vec::new();
    let flat = Dataset::<Tiny>::from_csv_reader_rows("b,a,c\n1,2,3\n4,5,6.5\n".as_bytes(), |row: Flat| {
        sums.push((row.a, row.rest.values().sum::<f64>()));
        None::<(TinyInputs, TinyTargets)>
    });
    assert!(flat.is_ok());
    assert_eq!(sums, [(2.0, 4.0), (5.0, 10.5)]);
}

#[test]
fn csv_quotes_and_separators_that_are_not_meant_so_are_found() {
    let error = |text: &str| tuples(text).unwrap_err();
    let open = "a quote begins here that is not closed up to the end of the file";
    assert_eq!(error("a,b,c\n1,2,\"1\n3,4,2\n5,6,0\n"), format!("CSV, line 2: {open}"));
    assert_eq!(error("a,b,c\n1,2,1\n\"3\",\"4,2\n"), format!("CSV, line 3: {open}"));
    assert_eq!(error("a,b,c\n\"1\n\",2,\"1\n3,4,2\n"), format!("CSV, line 3: {open}"));
    assert_eq!(error("a,b,\"c\n1,2,1\n"), format!("CSV, line 1: {open}"));
    assert_eq!(error("a,b,c\n1,2,\""), format!("CSV, line 2: {open}"));
    assert_eq!(
        error("a,b,c\n\n1,2,\"1\n3,4,\"2\n"),
        "CSV, line 4: text stands between a closing quote and the end of the cell; a quote within quotes is written twice"
    );
    assert_eq!(
        error("a,b,c\n1,\"2,1\n3,4\",2,1\n"),
        "CSV, line 2: the line has 4 cells, but the header has 3: `a`, `b`, `c`; a cell in quotes goes on over several lines: is every quote closed?"
    );
    for (separator, name) in [(";", "a semicolon"), ("\t", "a tab"), ("|", "a bar")] {
        let text = "a,b,c\n1,2,1\n".replace(',', separator);
        assert_eq!(
            error(&text),
            format!("CSV, line 2: cells are separated by commas here, but {name} separates the titles `a{separator}b{separator}c`")
        );
        let decimal_commas = text.replace('1', "1,5");
        assert!(error(&decimal_commas).contains(name));
    }
    assert_eq!(error(""), "CSV, line 1: the file is empty: its first line must have the titles of the columns");
    assert_eq!(tuples("a,b,c\n").unwrap(), []);
    let latin = Dataset::<Tiny>::from_csv_reader_rows(&b"a,b,c\n1,2,\xE9\n"[..], |_: (f64, f64, String)| None::<(TinyInputs, TinyTargets)>);
    assert_eq!(latin.unwrap_err().to_string(), "CSV, line 2: its text is not UTF-8: save the file in that encoding");
}

/// Gives a few bytes at a time.
struct Trickle<'a>(&'a [u8], usize);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn csv_of_any_length_is_read_in_pieces_of_any_length() {
    let mut text = String::from("x,y,group,level,kind,split\r\n");
    for row in 0..20_000_u32 {
        let long = if row == 7000 { "long ".repeat(40_000) } else { String::new() };
        text.push_str(&format!("{},{},{},{},{},\"{long}\"\r\n", row, f64::from(row) / 7.0, row % 3, f64::from(row) * 1e-3, row % 3));
    }
    let whole = Dataset::<Tiny>::from_csv_reader_rows(text.as_bytes(), from_line).unwrap();
    assert_eq!((whole.len(), whole.inputs(19_999).unwrap().real(0).unwrap()[1]), (20_000, 19_999.0 / 7.0));
    for piece in [1, 7, 4096, 1 << 20] {
        assert!(Dataset::<Tiny>::from_csv_reader_rows(Trickle(text.as_bytes(), piece), from_line).unwrap() == whole, "{piece}");
    }
    let broken = text.replace("19998,", "\"19998,");
    let error = Dataset::<Tiny>::from_csv_reader_rows(Trickle(broken.as_bytes(), 1000), from_line).unwrap_err().to_string();
    assert!(error.starts_with("CSV, line 20000: "), "{error}");
}

/// What the rows by their titles are, and their error.
fn table(text: &str) -> Csv {
    Csv::from_reader(text.as_bytes()).unwrap()
}

fn table_error(text: &str) -> String {
    table(text).read::<Tiny>().unwrap_err().to_string()
}

#[test]
fn columns_are_found_by_their_titles_in_any_order() {
    let text = " Kind , GROUP,note,point_1,point0,level\n2,0,a,2,1,3.5\n NA ,1.0,b,4,3,-1\n,2,\"c, d\",6,5,0\n";
    let rows = [sample(1.0, 0, 3.5, Some(2)), sample(3.0, 1, -1.0, None), sample(5.0, 2, 0.0, None)];
    let rows = rows.into_iter().zip([2.0, 4.0, 6.0]).map(|((mut inputs, targets), y)| {
        inputs.point[1] = y;
        (inputs, targets)
    });
    let expected = Dataset::<Tiny>::from_rows(rows).unwrap();
    assert_eq!(table(text).read::<Tiny>().unwrap(), expected);
    assert_eq!(table(text).unused_columns::<Tiny>().unwrap(), ["note"]);

    let path = std::env::temp_dir().join(format!("mtl-table-{}.csv", std::process::id()));
    std::fs::write(&path, text).unwrap();
    assert_eq!(Dataset::<Tiny>::from_csv(&path).unwrap(), expected);
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Dataset::<Tiny>::from_csv(&path), Err(DataError::Open { .. })));
}

#[test]
fn tables_come_with_other_separators_titles_and_first_lines() {
    let plain = table("point0,point1,group,level,kind\n1.5,2,1,3,2\n3,4,0,true,-\n".replace('-', "").as_str()).read::<Tiny>().unwrap();
    let text = "# it's a file, of \"some\" program\n\n1.5;2;1;3;2\n3;4;0;yes;-\n";
    let csv = table(text).skip_rows(2).delimiter(b';').titles(["point0", "point1", "group", "level", "kind"]).missing(["-"]);
    assert_eq!(csv.read::<Tiny>().unwrap(), plain);
    let tabs = table("point0\tpoint1\tgroup\tlevel\tkind\n1.5\t2\t1\t3\t2\n3\t4\t0\t1\t\n").delimiter(b'\t');
    assert_eq!(tabs.read::<Tiny>().unwrap(), plain);
    // `?` is text again where something else is missing.
    let error = csv.clone().missing(["x"]).read::<Tiny>().unwrap_err().to_string();
    assert_eq!(error, "CSV, line 4: column `kind`, cell `-`: it is not a whole number, and the classes have no names");
    assert!(csv.delimiter(b'"').read::<Tiny>().is_err());
}

#[test]
fn what_is_wrong_with_a_table_is_named() {
    let titles = "point0,point1,group,level,kind";
    assert_eq!(
        table_error("point0,point1,grup,level,kind\n"),
        "CSV, line 1: there is no column `group` for the input `group`; the file has `point0`, `point1`, `grup`, `level`, `kind`; the nearest is `grup`"
    );
    let semicolons = table_error("point0;point1;group;level;kind\n");
    assert!(semicolons.ends_with("; a semicolon separates its titles: `.delimiter(b';')`"), "{semicolons}");
    assert_eq!(
        table_error("point0,point1,group,level,kind,level\n"),
        "CSV, line 1: there are two columns `level`, of which the head `level` takes one"
    );
    let cell = |cells: &str| table_error(&format!("{titles}\n1,2,0,3,0\n\n{cells}\n"));
    assert_eq!(cell("1,two,0,3,0"), "CSV, line 4: column `point1`, cell `two`: it is not a number");
    assert_eq!(cell("1,?,0,3,0"), "CSV, line 4: column `point1`, cell `?`: the cell is missing, and none may be in this column");
    assert_eq!(cell("1,2,0,,0"), "CSV, line 4: column `level`, cell ``: the cell is missing, and none may be in this column");
    assert_eq!(cell("1,2,3,3,0"), "CSV, line 4: column `group`, cell `3`: there are 3 classes, counted from 0");
    assert_eq!(cell("1,2,0.5,3,0"), "CSV, line 4: column `group`, cell `0.5`: it is not a whole number, and the classes have no names");
    assert_eq!(cell("1,2,0,-101,0"), "CSV, line 4: column `level`, cell `-101`: head `level`: -101 is not at least -100");
    assert!(cell("1,inf,0,3,0").starts_with("CSV, line 4: column `point1`, cell `inf`: it is not a finite number of the model's scalar"));
    assert_eq!(cell("1,2,0"), format!("CSV, line 4: the line has 3 cells, but the header has 5: `{}`", titles.replace(',', "`, `")));
    assert_eq!(table_error(""), "CSV, line 1: the file is empty: its first line must have the titles of the columns");
}

#[test]
fn a_table_is_split_by_a_column() {
    let text = "point0,point1,group,level,kind,split\n1,2,0,3.5,2,train\n3,4,1,-1,,test\n5,6,2,0,0,train\n7,8,2,0,0,valid\n";
    let whole = table(text).read::<Tiny>().unwrap();
    let (train, others) = table(text).split::<Tiny>("split", "train").unwrap();
    assert_eq!((train, others), (whole.subset(&[0, 2]).unwrap(), whole.subset(&[1, 3]).unwrap()));
    let parts = table(text).parts::<Tiny, 3>("SPLIT", ["test", "valid", "train"]).unwrap();
    assert_eq!(parts, [&[1][..], &[3], &[0, 2]].map(|rows| whole.subset(rows).unwrap()));
    let error = table(text).parts::<Tiny, 2>("split", ["train", "test"]).unwrap_err().to_string();
    assert_eq!(error, "CSV, line 5: column `split`, cell `valid`: it is not one of `train`, `test`");
    let error = table(text).split::<Tiny>("split", "tran").unwrap_err().to_string();
    assert_eq!(error, "CSV, line 1: no row has `tran` in the column `split`; other cells are `test`, `train`, `valid`");
    let error = table(text).split::<Tiny>("part", "train").unwrap_err().to_string();
    assert!(error.starts_with("CSV, line 1: there is no column `part` for the split; the file has"), "{error}");
}
