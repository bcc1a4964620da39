mtl::multitask! {
    pub struct Net {
        input left: [3];
        input right: [3];

        layer encode = Dense(4, tanh) -> Dropout(0.5);
        shared a = left -> encode;
        shared b = right -> encode;
        let (c, d) = (a, b) -> CrossStitch(0.75, channels = true);
        let (c2, d2) = (c, d) -> CrossStitch;
        let (e, f) = c2 -> MixtureOfExperts(2, expert = Dense(2, elu));
        let (g, h) = d2 -> Cgc(1, 1, expert = Dense(2));

        head one = (e, g) -> Concat -> Dense(1) { loss: mse }
        head two = (f, h) -> Concat -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_words_shared.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { left: [1.2128448, -1.4390314, 1.2820146], right: [-0.76219153, -0.22905779, -0.96352863] },
                &[&[-0.12288505], &[1.0325971]],
            ),
            (
                NetInputs { left: [1.4748614, -0.11349988, 1.4669814], right: [-0.4849856, 1.171133, -0.8048825] },
                &[&[-0.10612525], &[0.95779663]],
            ),
            (
                NetInputs { left: [1.7368779, 1.2120316, 1.6519482], right: [-0.20777941, -1.4286761, -0.6462364] },
                &[&[-0.077355504], &[1.0118538]],
            ),
            (
                NetInputs { left: [1.9988945, -1.4624367, 1.836915], right: [0.06942654, -0.028485298, -0.4875903] },
                &[&[-0.105092585], &[0.9809613]],
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
