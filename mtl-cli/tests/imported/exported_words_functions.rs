mtl::multitask! {
    pub struct Net {
        input x: [4];

        let a = x -> relu -> relu6 -> leaky_relu -> elu -> selu -> gelu -> silu -> mish;
        let b = x -> sigmoid -> hard_sigmoid -> tanh -> softplus -> softsign -> exponential -> hard_silu -> linear;
        let c = x -> Dense(4) -> softmax;
        let d = x -> hard_silu -> mish;
        let e = x -> leaky_relu -> gelu;
        let f = x -> elu -> silu;
        let g = x -> selu -> softsign;
        let h = x -> relu6 -> tanh;

        head y = (a, b, c, d, e, f, g, h) -> Concat -> Dense(3, softsign) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_words_functions.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [1.2128448, -1.4390314, 1.2820146, -0.76219153] },
                &[&[0.4508228, 0.46105716, -0.34145156]],
            ),
            (
                NetInputs { x: [1.4748614, -0.11349988, 1.4669814, -0.4849856] },
                &[&[0.48344213, 0.49504426, -0.34601066]],
            ),
            (
                NetInputs { x: [1.7368779, 1.2120316, 1.6519482, -0.20777941] },
                &[&[0.5407877, 0.5977725, -0.44684482]],
            ),
            (
                NetInputs { x: [1.9988945, -1.4624367, 1.836915, 0.06942654] },
                &[&[0.55397713, 0.48718518, -0.34918013]],
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
