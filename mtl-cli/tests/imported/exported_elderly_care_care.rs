mtl::multitask! {
    pub struct Net {
        input person: { age_decades, school, income, chronic, black, married, employed, insured, medicaid, limited };
        input sex: one_of { Female, Male };
        input region: one_of { Midwest, Noreast = "noreast", West, Other };

        shared known = (person -> Normalize, sex -> OneHot, region -> OneHot) -> Concat;
        shared body = known -> Dense(16, tanh) -> Dropout(0.2);

        head stayed = body -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head health = (known, body) -> Concat -> Dense(3, softmax) { loss: categorical_cross_entropy, classes: { Poor, Average, Excellent } }
        head visits = body -> Dense(1, exponential) { loss: poisson, weight: 0.2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_elderly_care_care.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { person: NetPerson { age_decades: 1.2128448, school: -1.4390314, income: 1.2820146, chronic: -0.76219153, black: -0.22905779, married: -0.96352863, employed: -0.18705845, insured: 1.6127155, medicaid: -0.9301748, limited: -1.1764412 }, sex: NetSex::Female, region: NetRegion::Midwest },
                &[&[0.3133913], &[0.8821721, 0.05420968, 0.063618235], &[2.0103765]],
            ),
            (
                NetInputs { person: NetPerson { age_decades: 1.4748614, school: -0.11349988, income: 1.4669814, chronic: -0.4849856, black: 1.171133, married: -0.8048825, employed: -0.5709164, insured: -1.8961716, medicaid: 1.9622483, limited: 1.1019013 }, sex: NetSex::Female, region: NetRegion::Other },
                &[&[0.40203676], &[0.74002236, 0.060150728, 0.19982688], &[2.8315167]],
            ),
            (
                NetInputs { person: NetPerson { age_decades: 1.7368779, school: 1.2120316, income: 1.6519482, chronic: -0.20777941, black: -1.4286761, married: -0.6462364, employed: -0.95477414, insured: -1.4050584, medicaid: 0.8546715, limited: -0.61975646 }, sex: NetSex::Male, region: NetRegion::West },
                &[&[0.34684974], &[0.7056416, 0.17333224, 0.12102606], &[2.0107646]],
            ),
            (
                NetInputs { person: NetPerson { age_decades: 1.9988945, school: -1.4624367, income: 1.836915, chronic: 0.06942654, black: -0.028485298, married: -0.4875903, employed: -1.3386321, insured: -0.91394544, medicaid: -0.25290537, limited: 1.658586 }, sex: NetSex::Male, region: NetRegion::Midwest },
                &[&[0.4213702], &[0.7507745, 0.109664984, 0.13956043], &[2.225698]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
