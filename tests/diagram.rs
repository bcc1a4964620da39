//! Models as pictures: what is in them, and that nothing lies on something else.

use mtl::diagram::{Diagram, Role};
use mtl::prelude::*;

#[path = "../examples/healthcare.rs"]
#[allow(dead_code, reason = "its model alone is drawn")]
mod healthcare;

multitask! {
    struct Care {
        input record: { age, income };
        input plan: one_of { Free, Half, Full };
        let home = plan -> Embedding(8) -> Dropout(0.5);
        shared body = (record -> Normalize, home) -> Concat -> Dense(64, tanh);
        head limited = body -> Dense(20, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head visits = body -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Mixed {
        input image: [8, 8, 1];
        input x: [16];
        layer tower = Dense(12, relu) -> LayerNorm;
        let pixels = image -> Conv2D(4, relu, kernel = 3) -> MaxPool2D(2) -> Flatten -> Dense(16);
        let (a, b) = (pixels, x) -> CrossStitch;
        let (p, q) = x -> MixtureOfExperts(3, expert = Dense(10, relu));
        shared all = (a -> tower, b -> tower) -> Add;
        head left = (all, p) -> Concat -> Dense(1) { loss: mse }
        head right = (all, q, image -> Flatten) -> Concat -> Dense(2) { loss: mae }
        head plain = all -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

#[test]
fn boxes_are_inputs_statements_and_heads() {
    let diagram = Care::<f32>::diagram();
    let boxes: Vec<(&str, Role)> = diagram.boxes.iter().map(|node| (node.name, node.role)).collect();
    let wanted = [
        ("record", Role::Input),
        ("plan", Role::Input),
        ("home", Role::Shared),
        ("body", Role::Shared),
        ("limited", Role::Head),
        ("visits", Role::Head),
    ];
    assert_eq!(boxes, wanted);
    assert_eq!(diagram.boxes[3].lines, ["Normalize [2] · 4 parameters", "Concat [10]", "Dense tanh [64] · 704 parameters"]);
    assert_eq!(diagram.boxes[4].lines[1..], ["Dense [1] · 21 parameters", "sigmoid", "loss binary_cross_entropy"]);
    let arrows: Vec<(usize, usize, &str)> = diagram.arrows.iter().map(|arrow| (arrow.from, arrow.to, arrow.shape.as_str())).collect();
    assert_eq!(arrows, [(1, 2, ""), (0, 3, "[2]"), (2, 3, "[8]"), (3, 4, "[64]"), (3, 5, "[64]")]);
}

#[test]
fn mermaid_and_graphviz_have_every_box_and_arrow() {
    let diagram = Care::<f32>::diagram();
    let (mermaid, dot) = (diagram.mermaid(), diagram.graphviz());
    assert!(mermaid.contains("n3[\"<b>body</b><br/>Normalize #91;2#93; · 4 parameters<br/>"), "{mermaid}");
    assert!(mermaid.contains("n3 -->|\"#91;64#93;\"| n4\n") && mermaid.contains("n1 --> n2\n"), "{mermaid}");
    assert!(dot.contains("n3 [label=\"body\\nNormalize [2] · 4 parameters\\n") && dot.contains("n3 -> n4 [label=\"[64]\"];"), "{dot}");
}

/// The numbers of parameters in a diagram.
fn parameters(diagram: &Diagram) -> usize {
    let lines = diagram.boxes.iter().flat_map(|node| &node.lines);
    lines.filter_map(|line| line.split_once(" · ")?.1.strip_suffix(" parameters")?.replace(',', "").parse::<usize>().ok()).sum()
}

#[test]
fn every_parameter_stands_in_one_box() {
    assert_eq!(parameters(&Care::<f32>::diagram()), Care::<f32>::PARAMETER_COUNT);
    let mixed = Mixed::<f32>::diagram();
    assert_eq!(parameters(&mixed), Mixed::<f32>::PARAMETER_COUNT);
    // A layer has a box for each use, and its parameters in the first.
    let towers: Vec<_> = mixed.boxes.iter().filter(|node| node.name == "tower").collect();
    assert_eq!(towers[1].lines, ["Dense relu [12] · shared", "LayerNorm [12] · shared"]);
}

/// The attribute of an element.
fn number(element: &str, attribute: &str) -> f64 {
    let (_, rest) = element.split_once(&format!(" {attribute}=\"")).unwrap();
    rest.split_once('"').unwrap().0.parse().unwrap()
}

#[test]
fn boxes_lie_in_the_picture_and_on_no_other() {
    for diagram in [Care::<f32>::diagram(), Mixed::<f32>::diagram()] {
        let svg = diagram.svg();
        let (width, height) = (number(&svg, "width"), number(&svg, "height"));
        let boxes: Vec<[f64; 4]> =
            svg.lines().filter(|line| line.starts_with("<rect")).map(|rect| ["x", "y", "width", "height"].map(|name| number(rect, name))).collect();
        assert_eq!(boxes.len(), diagram.boxes.len());
        for (place, [x, y, wide, tall]) in boxes.iter().enumerate() {
            assert!(*x >= 0.0 && *y >= 0.0 && x + wide <= width && y + tall <= height, "{} leaves the picture", diagram.boxes[place].name);
            for [left, top, other_wide, other_tall] in &boxes[..place] {
                let apart = x + wide < *left || left + other_wide < *x || y + tall < *top || top + other_tall < *y;
                assert!(apart, "{} lies on another box", diagram.boxes[place].name);
            }
        }
        // All arrows lead downwards.
        for arrow in &diagram.arrows {
            assert!(boxes[arrow.from][1] + boxes[arrow.from][3] < boxes[arrow.to][1], "an arrow of {}", diagram.name);
        }
        assert_eq!(svg.matches("marker-end").count(), diagram.arrows.len());
    }
}

/// `MTL_WRITE_PAGES=1` writes the picture of the README anew.
#[test]
fn the_picture_of_the_readme_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures/patient.svg");
    let drawn = healthcare::Patient::<f32>::diagram().svg();
    if std::env::var_os("MTL_WRITE_PAGES").is_some() {
        std::fs::write(path, &drawn).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == drawn, "MTL_WRITE_PAGES=1 cargo test --test diagram writes docs/pictures/patient.svg anew");
}
