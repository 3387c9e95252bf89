using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The layers again by loops in double precision; drawn deviations against the closed form, within what chance allows.</summary>
internal sealed class InitializationOracle : LessonOracle
{
    public override string Id => "initialization";

    public override IReadOnlyList<string> Witnesses => ["scheme=orthogonal&deviation=1&activation=none",
        "activation=selu&scheme=lecun-normal&layers=12", "scheme=uniform&deviation=0.5"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        var (layers, width, word) = (int.Parse(Text("layers")), int.Parse(Text("width")), Text("activation"));
        var trace = page.Traces[0];
        var images = trace.Input.Count / 784;
        var values = Enumerable.Range(0, images).Select(image => trace.Input.Skip(image * 784).Take(784).Select(value => (double)value)
            .ToArray()).ToArray();
        var (sizes, slopes, all) = (new List<double> { Size(values) }, new List<double[][]>(), new List<float[]>());
        for (var layer = 1; layer <= layers; layer++)
        {
            var weight = trace.Weights[$"linear{layer}.weight"].Values.ToArray();
            all.Add(weight);
            var sums = values.Select(input => Enumerable.Range(0, width).Select(unit =>
                input.Select((value, i) => value * weight[(unit * input.Length) + i]).Sum()).ToArray()).ToArray();
            slopes.Add([.. sums.Select(row => row.Select(sum => F(word, sum).Slope).ToArray())]);
            values = [.. sums.Select(row => row.Select(sum => F(word, sum).Value).ToArray())];
            sizes.Add(Size(values));
        }
        var measured = ((Lines)page["sizes"]).Curves[0].Y;
        for (var layer = 0; layer <= layers; layer++)
            Assert.Equal(1, measured[layer] / sizes[layer], 1e-3);
        Holds(page, "fades", sizes[layers] / sizes[1] < 0.1);
        Holds(page, "grows", sizes[layers] / sizes[1] > 10);
        // dY and back: the gradient of what a layer gave.
        var gradient = Enumerable.Range(0, images).Select(image => trace.OutputGradient.Skip(image * width).Take(width).Select(value =>
            (double)value).ToArray()).ToArray();
        for (var layer = layers; layer >= 1; layer--)
        {
            Assert.Equal(1, page.Numbers("gradients")[layer] / Size(gradient), 1e-3);
            if (layer == 1) Holds(page, "gradient-fades", Size(gradient) < 0.01);
            var inputs = all[layer - 1].Length / width;
            gradient = [.. gradient.Select((row, image) => Enumerable.Range(0, inputs).Select(i =>
                row.Select((value, unit) => value * slopes[layer - 1][image][unit] * all[layer - 1][(unit * inputs) + i]).Sum())
                .ToArray())];
        }
        // Asked and drawn stand in columns 3 and 4 of the table.
        var drawn = ((Table)page["drawn"]).Rows;
        foreach (var row in drawn)
        {
            var count = row[1].Number!.Value * row[2].Number!.Value;
            Assert.Equal(1, row[4].Number!.Value / row[3].Number!.Value, 6 / Math.Sqrt(count));
        }
    }

    private static double Size(double[][] rows) => Math.Sqrt(rows.SelectMany(row => row).Average(value => value * value));

    private static (double Value, double Slope) F(string word, double x) => word switch
    {
        "relu" => x > 0 ? (x, 1) : (0, 0),
        "tanh" => (Math.Tanh(x), 1 - (Math.Tanh(x) * Math.Tanh(x))),
        "sigmoid" => (1 / (1 + Math.Exp(-x)), Math.Exp(-Math.Abs(x)) / ((1 + Math.Exp(-Math.Abs(x))) * (1 + Math.Exp(-Math.Abs(x))))),
        "selu" => x > 0 ? (1.0507009873554805 * x, 1.0507009873554805) : (1.7580993408473766 * (Math.Exp(x) - 1),
            1.7580993408473766 * Math.Exp(x)),
        _ => (x, 1),
    };
}
