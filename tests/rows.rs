//! Rows that leave a program and come into it: predictions as a CSV file, inputs and outputs in JSON.

use mtl::data::{WriteError, write_predictions, write_predictions_to};
use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
pub enum Sex {
    #[category("male")]
    Male,
    #[category("female")]
    Female,
}

multitask! {
    pub struct Care {
        input person: { #[column = "age_decades"] age, income? };
        input region: one_of { Midwest, Northeast = "noreast", unknown };
        #[column = "gender"]
        input sex: one_of(Sex);
        input month: class(12);
        input household: class(5, unknown);
        input weight: [1];
        input pixels: [2, 3];
        shared body = (
            person -> Impute, region -> Embedding(3), sex -> OneHot, month -> Embedding(2), household -> OneHot, weight, pixels -> Flatten
        ) -> Concat -> Dense(8, tanh);
        #[column = "ofp"]
        head visits = body -> Dense(1) { loss: mse }
        head health = body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Poor, Fair = "so, \"so\"", Excellent },
        }
        head kind = body -> Dense(2, softmax) { loss: categorical_cross_entropy, labels: partial }
        head scores = body -> Dense(2, exponential) { loss: mae }
    }
}

fn inputs(row: u16) -> CareInputs {
    let number = f32::from(row);
    CareInputs {
        person: CarePerson { age: number * 0.37, income: (!row.is_multiple_of(3)).then_some(1.0 / (number + 1.0)) },
        region: CareRegion::try_from(usize::from(row) % 3).unwrap(),
        sex: if row.is_multiple_of(2) { Sex::Male } else { Sex::Female },
        month: usize::from(row) % 12,
        household: Some(usize::from(row) % 6).filter(|&household| household < 4),
        weight: [number.sqrt()],
        pixels: [[0.1, 0.2, 1e-20], [number, -0.0, 1e9]],
    }
}

fn data(rows: u16) -> Dataset<Care> {
    let targets = CareTargets { visits: 0.0, health: CareHealth::Poor, kind: None, scores: [0.0; 2] };
    Dataset::from_rows((0..rows).map(|row| (inputs(row), targets))).unwrap()
}

#[test]
fn predictions_are_read_back_as_the_same_bits() {
    let (model, data) = (Care::boxed(&mut mtl::seeded(2)), data(5000));
    let mut text = Vec::new();
    write_predictions_to(&mut text, &model, &data).unwrap();
    let mut csv = csv::Reader::from_reader(text.as_slice());
    let titles = ["visits", "health", "health_Poor", "health_so, \"so\"", "health_Excellent", "kind", "kind_0", "kind_1", "scores_0", "scores_1"];
    assert_eq!(csv.headers().unwrap(), titles.as_slice());
    let lines: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let outputs = model.predict_dataset(&data);
    assert_eq!(lines.len(), outputs.len());
    for (line, output) in lines.iter().zip(&outputs) {
        let bits = |column: usize| line[column].parse::<f32>().unwrap().to_bits();
        assert_eq!(bits(0), output.visits.to_bits());
        assert_eq!(&line[1], output.health.class().text());
        assert_eq!([2, 3, 4].map(bits), [0, 1, 2].map(|class| output.health[class].to_bits()));
        assert_eq!(line[5].parse(), Ok(output.kind.class()));
        assert_eq!([6, 7].map(bits), [0, 1].map(|class| output.kind[class].to_bits()));
        assert_eq!([8, 9].map(bits), [0, 1].map(|number| output.scores[number].to_bits()));
    }
    let path = std::env::temp_dir().join(format!("mtl-predictions-{}.csv", std::process::id()));
    write_predictions(&path, &*model, &data).unwrap();
    let written = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(written, text);
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let (model, data) = (Care::boxed(&mut mtl::seeded(2)), data(3));
    let error = write_predictions("/no/such/directory/x.csv", &model, &data).unwrap_err();
    assert!(error.to_string().starts_with("cannot write `/no/such/directory/x.csv`: "), "{error}");
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write_predictions_to(Full, &model, &data).unwrap_err();
    assert_eq!(error.to_string(), "cannot write the predictions: full");

    multitask! {
        #[independent]
        struct Same {
            input x: [1];
            head a = x -> Dense(2) { loss: mse }
            head a_1 = x -> Dense(1) { loss: mse }
        }
    }
    let error = write_predictions_to(Vec::new(), &Same::<f32>::new(&mut mtl::seeded(1)), &Dataset::new()).unwrap_err();
    assert!(matches!(&error, WriteError::TwoColumns { column, one: "a", other: "a_1" } if column == "a_1"), "{error}");
}

#[test]
fn a_row_of_inputs_is_the_same_after_json() {
    for row in 0..60 {
        let row = inputs(row);
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<CareInputs>(&text).unwrap(), row, "{text}");
        let person = serde_json::to_string(&row.person).unwrap();
        assert_eq!(serde_json::from_str::<CarePerson>(&person).unwrap(), row.person, "{person}");
    }
    assert_eq!(
        serde_json::to_string(&inputs(1)).unwrap(),
        r#"{"person":{"age":0.37,"income":0.5},"region":"noreast","sex":"female","month":1,"household":1,"weight":1.0,"pixels":[[0.1,0.2,1e-20],[1.0,-0.0,1000000000.0]]}"#
    );
    let double: CareInputs<f64> = serde_json::from_str(&serde_json::to_string(&inputs(2)).unwrap()).unwrap();
    assert_eq!((double.person.age, double.household), (0.74, Some(2)));
}

const ROW: &str = r#"{"weight":2,"person":{"income":null,"age":7},"region":"Nor-East","gender":"MALE","month":3.0,"household":null,"pixels":[[1,2,3],[4,5,6]],"id":17}"#;

#[test]
fn a_request_is_read_by_names_titles_and_texts() {
    let row: CareInputs = serde_json::from_str(ROW).unwrap();
    let expected = CareInputs {
        person: CarePerson { age: 7.0, income: None },
        region: CareRegion::Northeast,
        sex: Sex::Male,
        month: 3,
        household: None,
        weight: [2.0],
        pixels: [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    };
    assert_eq!(row, expected);
    let same = |from: &str, to: &str| serde_json::from_str::<CareInputs>(&ROW.replacen(from, to, 1)).unwrap();
    assert_eq!(same("\"income\":null,", ""), expected);
    assert_eq!(same("\"age\"", "\"age_decades\""), expected);
    assert_eq!(same("Nor-East", "elsewhere").region, CareRegion::Unknown);
    assert_eq!(same("\"Nor-East\"", "null").region, CareRegion::Unknown);
    assert_eq!(same("\"household\":null", "\"household\":400").household, None);
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    for (from, to, message) in [
        ("\"month\":3.0", "\"month\":12", "input `month`, class 12: there are 12 classes, counted from 0"),
        ("\"month\":3.0", "\"month\":-1", "expected the number of a class for input `month`"),
        ("\"month\":3.0", "\"months\":3", "input `month` is missing"),
        ("\"month\":3.0", "\"month\":3,\"month\":3", "input `month` stands here twice"),
        ("\"MALE\"", "\"man\"", "input `sex`, `man`: it is not one of `male` and `female`"),
        ("\"MALE\"", "1", "invalid type: integer `1`, expected the text of a category for input `sex`"),
        ("\"age\":7", "\"age\":\"7\"", "invalid type: string \"7\", expected a number for input `person`, column `age`"),
        ("\"age\":7", "\"age\":null", "invalid type: null, expected a number for input `person`, column `age`"),
        ("\"age\":7", "\"old\":7", "there is no input `person`, column `old`: expected the columns `age`, `income` of input `person`"),
        ("\"income\":null", "\"incomes\":null", "there is no input `person`, column `incomes`"),
        (",\"age\":7", "", "input `person`, column `age` is missing"),
        ("[4,5,6]", "[4,5]", "invalid length 2, expected an array of 3 for input `pixels`, whose shape is [2, 3]"),
        ("[4,5,6]", "[4,5,6,7]", "invalid length 4, expected an array of 3 for input `pixels`, whose shape is [2, 3]"),
        ("[4,5,6]", "4", "invalid type: integer `4`, expected an array of 3 for input `pixels`"),
    ] {
        assert!(ROW.contains(from), "{from}");
        let error = serde_json::from_str::<CareInputs>(&ROW.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(message), "{to}: {error}");
    }
    let error = serde_json::from_str::<CarePerson>(r#"{"age":1,"incom":2}"#).unwrap_err().to_string();
    assert!(error.starts_with("there is no column `incom`: expected the columns `age`, `income` at"), "{error}");
}

#[test]
fn outputs_are_numbers_arrays_and_classes() {
    let model = Care::<f32>::new(&mut mtl::seeded(2));
    let outputs = model.predict(&inputs(4));
    let json = serde_json::to_value(outputs).unwrap();
    let single = |value: &serde_json::Value| value.as_f64().map(|value| (value as f32).to_bits());
    assert_eq!(single(&json["visits"]), Some(outputs.visits.to_bits()));
    assert_eq!(json["health"]["class"], outputs.health.class().text());
    assert_eq!(single(&json["health"]["probabilities"]["so, \"so\""]), Some(outputs.health.probability(CareHealth::Fair).to_bits()));
    assert_eq!(json["kind"]["class"], outputs.kind.class());
    assert_eq!(single(&json["kind"]["probabilities"][1]), Some(outputs.kind[1].to_bits()));
    assert_eq!(single(&json["scores"][1]), Some(outputs.scores[1].to_bits()));
    assert_eq!(serde_json::to_value(outputs.health).unwrap(), json["health"]);
    assert_eq!(serde_json::to_value(outputs.kind).unwrap(), json["kind"]);

    // What the model says nothing of is null.
    let nothing = model.predict(&CareInputs { weight: [f32::NAN], ..inputs(4) });
    let json = serde_json::to_value(nothing).unwrap();
    assert!(json["visits"].is_null() && json["health"]["class"].is_null() && json["kind"]["class"].is_null(), "{json}");
}
