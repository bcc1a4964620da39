// let (train, test) = Csv::open("data/elderly_care.csv").split::<ElderlyCare>("split", "train")?;
multitask! {
    pub struct ElderlyCare {
        input record: { age_decades, black, married, school, income, employed, insured, medicaid, chronic,
            limited, hospital_stays };
        input sex: one_of { Female = "female", Male = "male" };
        input region: one_of { Other = "other", Midwest = "midwest", Noreast = "noreast", West = "west" };

        shared body = (record -> Normalize, sex -> OneHot, region -> OneHot) -> Concat -> Dense(64, relu)
            -> Dropout(0.1) -> Dense(32, relu);

        head visits = body -> Dense(1, exponential) { loss: poisson, metrics: [mae] }
        head health = body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Average = "average", Poor = "poor", Excellent = "excellent" },
            metrics: [accuracy],
        }
        head stayed = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [accuracy, auc] }
    }
}
