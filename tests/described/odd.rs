// let (train, test) = Csv::open("tests/described/odd.csv").missing(["NA", "?", "unknown"]).read::<Odd>()?.split(0.2, 1)?;
// Left out: ``, row number.
// Left out: `note`, text.
// Left out: `split`, constant.
multitask! {
    pub struct Odd {
        input record: {
            #[column = "Hours per week"] hours_per_week?,
            #[column = "2nd"] column_2nd?,
            #[column = "self"] self_value,
        };
        input größe: one_of { Small = "small", Large = "large", unknown };
        #[column = "Type"]
        input type_value: one_of { WhiteCollar = "white-collar", Type50Plus = "50+",
            BlueCollar = "blue-collar", SelfValue = "self", Type50 = "50-", UnknownValue = "unknown" };
        #[column = "A-B"]
        input a_b_2: class(3);

        shared body = (record -> Normalize, größe -> OneHot, type_value -> OneHot, a_b_2 -> OneHot) -> Concat
            -> Dense(64, relu) -> Dropout(0.1) -> Dense(32, relu);

        head income = body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { UpTo50K = "<=50K", Above50K = ">50K" },
            metrics: [accuracy],
        }
        #[column = "a b"]
        head a_b = body -> Dense(1) { loss: mse, targets: standardized, metrics: [mae, r2] }
        head class = body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Class0 = "0", Class1 = "1", Class2 = "2" },
            metrics: [accuracy],
        }
    }
}
