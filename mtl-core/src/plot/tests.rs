//! Pictures are looked at as far as a program can: every text is inside, and none lies on another.

use std::string::{String, ToString};
use std::vec::Vec;

use super::chart::{Chart, Series, grid, nth};
use super::picture::{Anchor, Shape};
use super::{Picture, Plot, PlotError, matrix_picture, render};
use crate::compare::{Better, HeadComparison, MetricComparison, TaskComparison};
use crate::optimizer::Sgd;
use crate::report::ConfusionMatrix;
use crate::testing::{Tiny, dataset, model};
use crate::trainer::{BestWeights, History, Trainer};

/// Left, top, right, bottom of every text.
fn boxes(picture: &Picture) -> Vec<(String, [f64; 4])> {
    let mut boxes = Vec::new();
    for shape in &picture.shapes {
        let Shape::Text { at: (x, y), text, size, anchor, upwards, .. } = shape else { continue };
        let (width, height) = (super::picture::width(text, *size), 0.62 * size);
        let share = match anchor {
            Anchor::Left => 0.0,
            Anchor::Middle => 0.5,
            Anchor::Right => 1.0,
        };
        boxes.push((
            text.clone(),
            if *upwards {
                [x - height / 2.0, y - width * (1.0 - share), x + height / 2.0, y + width * share]
            } else {
                [x - width * share, y - height / 2.0, x + width * (1.0 - share), y + height / 2.0]
            },
        ));
    }
    boxes
}

#[track_caller]
pub(super) fn check(picture: &Picture) {
    let boxes = boxes(picture);
    assert!(!boxes.is_empty());
    for (place, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
        assert!(*left >= 0.0 && *top >= 0.0 && *right <= picture.width && *bottom <= picture.height, "`{text}` is outside");
        for (other, [other_left, other_top, other_right, other_bottom]) in &boxes[..place] {
            let apart = right <= other_left || other_right <= left || bottom <= other_top || other_bottom <= top;
            assert!(apart, "`{text}` lies on `{other}`");
        }
    }
    let svg = picture.to_svg();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    let ((width, height), file) = render::png(picture);
    let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
    let mut pixels = std::vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels.len(), 3 * width as usize * height as usize);
    let white = pixels.chunks(3).filter(|pixel| *pixel == [255; 3]).count();
    assert!(white > 0 && white < pixels.len() / 3, "something is drawn on white");
}

fn trained(epochs: usize) -> (History<Tiny>, std::boxed::Box<Tiny>) {
    let (data, mut model) = (dataset(60), model(1));
    let trainer = Trainer::new(Sgd::new(0.1)).epochs(epochs).batch_size(10).validation_fraction(0.25).watch_gradients().quiet();
    let history = trainer.best_weights(BestWeights::default()).fit(&mut *model, &data).unwrap();
    (history, model)
}

#[test]
fn labels_do_not_overlap_whatever_is_drawn() {
    for epochs in [1, 2, 7, 130] {
        let (history, model) = trained(epochs);
        check(&history.picture().unwrap());
        check(&history.balance_picture().unwrap());
        if epochs == 7 {
            let data = dataset(60);
            check(&model.roc_picture(&data).unwrap());
            check(&model.precision_recall_picture(&data).unwrap());
            check(&model.predicted_picture(&data).unwrap());
            check(&model.reliability_picture(&data).unwrap());
        }
    }
}

#[test]
fn a_confusion_matrix_has_room_for_long_names_and_large_counts() {
    let names = |names: &[&str]| names.iter().map(|&name| name.into()).collect();
    for (names, largest) in [
        (names(&[]), 7),
        (names(&["no", "yes"]), 1_234_567),
        (names(&["Chamaeleo calyptratus", "Trioceros jacksonii with a name that is far too long to be drawn", "ä"]), 12),
    ] {
        let classes = Vec::len(&names).max(4);
        let counts = (0..classes).map(|row| (0..classes).map(|column| if row == column { largest } else { 0 }).collect()).collect();
        check(&matrix_picture("kind: confusion", &ConfusionMatrix { names, counts }));
    }
}

#[test]
fn many_series_and_long_names_have_room() {
    let names = ["a name that is long enough to fill a line of its own", "b", "c", "another long name, which needs much room"];
    let series = (0..14).map(|place| {
        let (colour, kind) = nth(place);
        Series::new(std::format!("{} {place}", names[place % 4]), colour, kind, Vec::from([(0.0, place as f64), (1.0, 1e-7)]))
    });
    let chart = Chart { title: names.concat(), x_label: "x".into(), series: series.collect(), mark: Some((0.5, "here".into())), ..Chart::default() };
    check(&grid("many", &[Vec::from([chart.clone(), Chart { whole: true, ..chart }])], (300.0, 215.0)));
}

#[test]
fn a_comparison_has_round_marks_whatever_it_found() {
    for scale in [1e-6, 0.002, 0.037, 1.0, 300.0] {
        let head = |head: &'static str, change: f64| {
            let shared = [1.0, 1.1, 0.9].map(|noise| 1.0 + scale * change * noise).to_vec();
            let metric = MetricComparison { name: "auc", better: Better::Higher, alone: std::vec![1.0; 3], shared };
            HeadComparison { head, metrics: std::vec![metric] }
        };
        let heads = std::vec![head("a head with quite a long name", 1.0), head("b", -0.4), head("c", 0.0), head("undefined", f64::NAN)];
        let picture = TaskComparison { seeds: std::vec![1, 2, 3], heads, cosines: Vec::new() }.picture();
        check(&picture);
        let marks = boxes(&picture).into_iter().map(|(text, _)| text).filter(|text| text.ends_with('%'));
        assert!(marks.clone().count() == 7 && marks.clone().all(|mark| mark.chars().count() <= 10), "{:?}", marks.collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let nothing = History::<Tiny>::clone(&trained(1).0);
    let mut empty = nothing.clone();
    empty.epochs.clear();
    assert_eq!(empty.picture().unwrap_err().to_string(), "there is nothing to draw: the history has no epoch");
    let error = nothing.plot("history.gif").unwrap_err();
    assert_eq!(error.to_string(), "cannot draw `history.gif`: its name must end with `.svg` or `.png`");
    assert!(matches!(nothing.plot("no/such/place.svg"), Err(PlotError::File(_))));
    let error = model(1).kernels_picture("body.kernel", [8, 8]).unwrap_err();
    assert!(matches!(error, PlotError::Kernel { .. }), "{error}");
}
