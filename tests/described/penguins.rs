// let (train, test) = Csv::open("data/penguins.csv").split::<Penguins>("split", "train")?;
multitask! {
    pub struct Penguins {
        input record: { bill_length_mm, bill_depth_mm, flipper_length_mm, year, delta13c? };
        input island: class(3);

        shared body = (record -> Normalize, island -> OneHot) -> Concat -> Dense(64, relu) -> Dropout(0.1)
            -> Dense(32, relu);

        head species = body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Species0 = "0", Species1 = "1", Species2 = "2" },
            metrics: [accuracy],
        }
        head sex = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [accuracy, auc] }
        head body_mass_g = body -> Dense(1) { loss: mse, targets: standardized, metrics: [mae, r2] }
        head delta15n = body -> Dense(1) { loss: mse, targets: standardized, labels: partial, metrics: [mae, r2] }
    }
}
