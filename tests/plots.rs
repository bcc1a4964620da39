//! Pictures of models that the macro declares: weights as images, classes by name.

use mtl::plot::{self, PlotError};
use mtl::prelude::*;

multitask! {
    /// Tells animals apart.
    ///
    /// For tests & nothing else.
    struct Seen {
        input image: [4, 6, 2];
        shared conv = image -> Conv2D(5, relu, kernel = [3, 2]) -> Flatten;
        shared dense = image -> Flatten -> Dense(70, tanh);
        head kind = (conv, dense) -> Concat -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Cat = "0", LongTailedTit = "long-tailed tit", Dog },
            metrics: [accuracy, confusion],
        }
        head wide = (conv, dense) -> Concat -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial }
        head size = dense -> Dense(2) { loss: mse }
    }
}

fn data() -> Dataset<Seen> {
    Dataset::from_rows((0..30_u8).map(|row| {
        let value = |pixel: usize| f32::from(row * 7 % 11) * 0.1 - pixel as f32 * 0.01;
        let image = std::array::from_fn(|y| std::array::from_fn(|x| std::array::from_fn(|channel| value(y + x + channel))));
        let kind = [SeenKind::Cat, SeenKind::LongTailedTit, SeenKind::Dog][usize::from(row % 3)];
        let wide = (row % 2 == 0).then_some(f32::from(row % 4 / 2));
        (SeenInputs { image }, SeenTargets { kind, wide, size: [f32::from(row), value(0)] })
    }))
    .unwrap()
}

#[test]
fn the_weights_of_a_layer_are_images() {
    let model: Box<Seen> = Seen::boxed(&mut mtl::seeded(1));
    let rectangles = |tensor: &str, image: [usize; 2]| model.kernels_picture(tensor, image).unwrap().to_svg().matches("<rect").count();
    // The ground, a legend of three, and a rectangle for each pixel of each unit; of more than 64 units the first.
    assert_eq!(rectangles("conv.conv2d1.kernel", [3, 2]), 1 + 3 + 3 * 2 * 5);
    assert_eq!(rectangles("dense.dense1.kernel", [4, 6]), 1 + 3 + 4 * 6 * 64);
    let error = |tensor: &str, image: [usize; 2]| model.kernels_picture(tensor, image).unwrap_err().to_string();
    assert!(error("body.kernel", [3, 2]).contains("`Seen` has `conv.conv2d1.kernel`, `dense.dense1.kernel`"), "{}", error("body.kernel", [3, 2]));
    assert_eq!(
        error("dense.dense1.kernel", [5, 5]),
        "the kernel `dense.dense1.kernel` cannot be drawn: its shape [48, 70] has no weights for images of 5 × 5"
    );
    assert_eq!(error("conv.conv2d1.kernel", [2, 3]), "the kernel `conv.conv2d1.kernel` cannot be drawn: its shape is [3, 2, 2, 5]");
}

#[test]
fn every_picture_names_the_heads_and_the_classes() {
    let (model, data): (Box<Seen>, _) = (Seen::boxed(&mut mtl::seeded(1)), data());
    let has = |picture: &plot::Picture, texts: &[&str]| {
        let svg = picture.to_svg();
        for text in texts {
            assert!(svg.lines().any(|line| line.starts_with(text)), "`{text}`: {svg}");
        }
        assert!(!svg.contains("NaN"), "{svg}");
    };
    has(&evaluate(&model, &data).unwrap().confusion_picture().unwrap(), &["kind: confusion", "Cat", "long-tailed tit", "Dog", "predicted"]);
    has(&model.roc_picture(&data).unwrap(), &["ROC of kind", "long-tailed tit, AUC 0.", "ROC of wide", "AUC 0."]);
    has(&model.precision_recall_picture(&data).unwrap(), &["Precision of kind", "Cat, average 0."]);
    has(&model.reliability_picture(&data).unwrap(), &["kind: share that is true", "wide: share that is true"]);
    has(&model.predicted_picture(&data).unwrap(), &["size 0: predicted", "size 1: residuals"]);
    let nothing = Dataset::<Seen>::new();
    assert!(matches!(model.roc_picture(&nothing), Err(PlotError::Data(_))));
}

#[test]
fn a_file_is_what_its_name_says() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (mut model, data): (Seen, _) = (Seen::new(&mut mtl::seeded(1)), data());
    let history = Trainer::new(Adam::new(0.01)).epochs(3).validation_fraction(0.3).quiet().fit(&mut model, &data).unwrap();
    history.plot(folder.join("history.svg")).unwrap();
    history.plot(folder.join("history.PNG")).unwrap();
    assert!(std::fs::read_to_string(folder.join("history.svg")).unwrap().starts_with("<svg width="));
    assert!(std::fs::read(folder.join("history.PNG")).unwrap().starts_with(b"\x89PNG"));
}

/// A model with a confusion matrix, in the logs.
#[test]
fn confusion_matrices_go_to_the_logs() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("logs");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let (mut model, data): (Seen, _) = (Seen::new(&mut mtl::seeded(1)), data());
    let trainer = Trainer::new(Adam::new(0.01)).epochs(2).validation(&data).quiet().log(mtl::log::JsonLines::new(folder.join("run.jsonl")));
    #[cfg(feature = "tensorboard")]
    let trainer = trainer.log(mtl::log::TensorBoard::new(&folder));
    let history = { trainer }.fit(&mut model, &data).unwrap();
    let confusion = history.last().unwrap().validation.as_ref().unwrap().kind.confusion;
    let text = std::fs::read_to_string(folder.join("run.jsonl")).unwrap();
    let epoch: serde_json::Value = serde_json::from_str(text.lines().nth(2).unwrap()).unwrap();
    assert_eq!(epoch["validation"]["kind"]["confusion"], serde_json::json!(confusion));
    #[cfg(feature = "tensorboard")]
    {
        let file = std::fs::read_dir(folder.join("validation")).unwrap().next().unwrap().unwrap().path();
        let bytes = std::fs::read(file).unwrap();
        let count = |part: &[u8]| bytes.windows(part.len()).filter(|window| *window == part).count();
        assert_eq!((count(b"kind/confusion"), count(b"\x89PNG")), (2, 2), "a picture an epoch");
    }
}

#[test]
fn a_card_is_one_page_with_all_that_is_known() {
    let mut model: Box<Seen> = Seen::boxed(&mut mtl::seeded(1));
    let history = Trainer::new(Adam::new(1e-3)).epochs(3).validation_fraction(0.3).quiet().fit(&mut *model, &data()).unwrap();
    let report = model.evaluate(&data()).unwrap();
    let page = mtl::report::card(&*model, &history, &report).unwrap().note("Limits", "Only <small> animals.").to_html();
    assert_eq!(Seen::<f32>::ABOUT, "Tells animals apart.\n\nFor tests & nothing else.");
    for part in [
        "<title>Seen</title>",
        "<p>Tells animals apart.</p><p>For tests &amp; nothing else.</p>",
        "<td>image</td><td>[4, 6, 2] numbers</td>",
        "<td>Cat, long-tailed tit, Dog</td><td>categorical_cross_entropy</td>",
        "<td>1 number, may be missing</td>",
        &format!("<p>{}.</p>", history.ending.as_ref().unwrap()),
        &format!("<td class=\"number\">{:.4}</td>", report.kind.accuracy),
        &format!("{} ({} trained)", Seen::<f32>::PARAMETER_COUNT, Seen::<f32>::TRAINABLE_COUNT),
        "Only &lt;small&gt; animals.",
    ] {
        assert!(page.contains(part), "`{part}` is not in\n{page}");
    }
    // The diagram, the course of the training, the confusion matrix; no scripts, no other files.
    assert_eq!((page.matches("<svg").count(), page.matches("</svg>").count()), (3, 3));
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("<?xml"), "the page needs something else");
}
