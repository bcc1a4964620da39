//! Logs are read back.

use std::fs;
use std::path::PathBuf;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Csv, JsonLines};
use crate::data::Dataset;
use crate::optimizer::Sgd;
use crate::testing::{Tiny, dataset, model};
use crate::trainer::{History, TrainError, Trainer};

/// A directory of a test's own, empty.
pub(super) fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(std::format!("mtl-log-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A model whose inputs are normalised.
pub(super) fn adapted(data: &Dataset<Tiny>) -> Tiny {
    let mut model = *model(1);
    crate::adapt::adapt(&mut model, data).unwrap();
    model
}

pub(super) fn trainer<'a>() -> Trainer<'a, Tiny, Sgd> {
    Trainer::new(Sgd::new(0.1)).epochs(3).batch_size(10).validation_fraction(0.25).watch_gradients().quiet()
}

fn fit(mut trainer: Trainer<'_, Tiny, Sgd>) -> History<Tiny> {
    let data = dataset(40);
    trainer.fit(&mut adapted(&data), &data).unwrap()
}

#[test]
fn a_csv_has_the_numbers_of_the_history() {
    let path = directory("csv").join("run.csv");
    let history = fit(trainer().log(Csv::new(&path)));
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let titles: Vec<String> = reader.headers().unwrap().iter().map(ToString::to_string).collect();
    let expected = "epoch,step,seconds,learning_rate,loss,level_loss,level_weight,kind_loss,kind_weight,level_gradient_norm,kind_gradient_norm,";
    assert!(titles.join(",").starts_with(expected), "{titles:?}");
    let column = |title: &str| titles.iter().position(|other| other == title).unwrap();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 3);
    for (line, epoch) in lines.iter().zip(&history.epochs) {
        let number = |title: &str| line[column(title)].parse::<f64>().unwrap();
        assert_eq!((number("epoch"), number("step")), (epoch.number as f64, 3.0 * epoch.number as f64));
        assert_eq!((number("loss"), number("kind_loss")), (epoch.loss, epoch.heads[1].loss));
        assert_eq!((number("level_weight"), number("kind_weight")), (0.5, 1.0));
        let gradients = epoch.gradients.as_ref().unwrap();
        assert_eq!(number("level_gradient_norm"), gradients.norms[0]);
        let pair = gradients.cosines[0];
        assert_eq!(number(&std::format!("cosine_level_kind_{}", pair.block)), pair.cosine);
        assert!(pair.cosine.abs() <= 1.0 && gradients.norms[0] > 0.0);
    }
    // Another training's lines can be added, if its columns are the same.
    fit(trainer().log(Csv::new(&path).append()));
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 7);
    let data = dataset(40);
    let error = Trainer::new(Sgd::new(0.1)).quiet().log(Csv::new(&path).append()).fit(&mut adapted(&data), &data).unwrap_err();
    assert!(matches!(error, TrainError::Log(_)) && error.to_string().ends_with("its columns are those of another training"), "{error}");
}

#[test]
fn json_lines_have_what_happened_in_order() {
    let path = directory("json").join("run.jsonl");
    let history = fit(trainer().log(JsonLines::new(&path).every(4)));
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["begin", "epoch", "step", "epoch", "step", "epoch", "end"]);
    assert_eq!(lines[0]["heads"], serde_json::json!(["level", "kind"]));
    assert!(lines[0]["summary"].as_str().unwrap().starts_with("Tiny\n"));
    assert_eq!((lines[2]["step"].as_u64(), lines[4]["step"].as_u64()), (Some(4), Some(8)));
    let (line, epoch) = (&lines[3], &history.epochs[1]);
    // Its parser is exact to the last digit but one.
    assert!((line["train"]["kind"]["loss"].as_f64().unwrap() - epoch.heads[1].loss).abs() < 1e-12);
    assert_eq!(line["validation"]["kind"]["accuracy"].as_f64(), Some(epoch.validation.as_ref().unwrap().kind.accuracy));
    assert_eq!(lines[6]["ending"], "finished after epoch 3");
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_before_the_first_epoch() {
    let (data, path) = (dataset(40), directory("nowhere").join("nothing/run.csv"));
    let before = adapted(&data);
    let mut model = before;
    let error = trainer().log(Csv::new(&path)).fit(&mut model, &data).unwrap_err();
    assert!(error.to_string().starts_with(&*std::format!("cannot write `{}`: ", path.display())), "{error}");
    assert_eq!(model, before);
}
