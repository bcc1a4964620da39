//! A model of a table of mixed columns, which takes rows of strings.

use mtl::Flat as _;
use mtl::multitask;

multitask! {
    /// Visits to a doctor and health, from a row of a survey.
    pub struct Care {
        input person: { #[column = "age_decades"] age, school, income? };
        input region: one_of { Midwest, Northeast = "noreast", West, unknown };
        input sex: one_of { Female = "female", Male = "male" };
        input month: class(12);
        input scans: [2];
        shared body = (person -> Normalize(indicator = true), region -> Embedding(3), sex -> OneHot, month -> Embedding(2), scans)
            -> Concat -> Dense(8, tanh);
        head visits = body -> Dense(1) { loss: mse }
        head health = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

/// What the table calls its columns.
pub const COLUMNS: [&str; 9] = ["id", "region", "age_decades", "school", "income", "sex", "month", "scans0", "scans_1"];

/// Rows of the table; the last has a cell that is no number.
pub const CELLS: [[&str; 9]; 4] = [
    ["a", "noreast", "6.9", "6", "2.881", "male", "3", "0.1", "1e-3"],
    ["b", " West", "7.4", " 10 ", "NA", "Female", "11", "-2.5", "3"],
    ["c", "south", "8.25", "12", "", "female", "0", "1234567.891", "0.30000001"],
    ["d", "West", "eight", "12", "1", "female", "0", "1", "2"],
];

/// Parameters that differ from each other, as a training would leave them.
pub fn set(model: &mut Care) {
    for (number, value) in model.as_mut_slice().iter_mut().enumerate() {
        *value = ((number * 37 % 101) as f32 - 50.0) / 80.0;
    }
    model.body.normalize1.mean = [7.0, 9.0, 2.5].into();
    model.body.normalize1.variance = [0.5, 12.0, 8.0].into();
}
