using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Parameters and field counted by hand: 68,260 for the course's first network.</summary>
internal sealed class SmallNetworkOracle : LessonOracle
{
    public override string Id => "assignment-3-1";

    public override bool HasTrace => false;

    public override IReadOnlyList<string> Witnesses => ["widths=16_16_16&kernels=5&head=flatten&padded=true",
        "widths=8_8&kernels=3&pools=1_2&head=average&dropout=0.2"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        int[] List(string control) => [.. Text(control).Split('_').Select(int.Parse)];
        if (state.Query.Length == 0) Assert.Equal(68_260, page.Number("parameters"));
        // The recipe mnist-20k: 14,394 trained, and two running averages for each of 88 channels.
        if (state.Query.StartsWith("widths=16_24_24_24&", StringComparison.Ordinal)) Assert.Equal(14_394 + (2 * 88),
            page.Number("parameters"));
        if (state.Query == "head=average") Assert.Equal(320 + 330 + 110, page.Number("parameters"));
        var (kernels, pools) = (List("kernels"), List("pools"));
        var (channels, side, parameters, field, jump) = (1, 28, 0.0, 1.0, 1.0);
        foreach (var (i, width) in List("widths").Index())
        {
            var kernel = kernels[Math.Min(i, kernels.Length - 1)];
            parameters += (channels * width * kernel * kernel) + (Text("norm") == "true" ? 4 * width : width);
            field += (kernel - 1) * jump;
            side -= Text("padded") == "true" ? 1 - (kernel % 2) : kernel - 1;
            if (pools.Contains(i + 1))
            {
                field += jump;
                jump *= 2;
                side /= 2;
            }
            channels = width;
        }
        Assert.Equal(field, page.Numbers("bars")[2]);
        Holds(page, "within", page.Number("parameters") < 20_000);
        Holds(page, "sees", field >= 16 || Text("head") != "average");
        Holds(page, "clean", ((Table)page["lint"]).Rows.All(row => row[1].Text is not ("Warning" or "Error")));
        // Trained parameters, layer by layer: running averages are two of a normalisation's four.
        var trained = ((Table)page["layers"]).Rows.Select(row => (row[2].Number ?? 0) / (row[0].Text.StartsWith("norm",
            StringComparison.Ordinal)
            ? 2
            : 1)).ToList();
        Holds(page, "heavy", trained.Max() > trained.Sum() / 2);
        if (Text("padded") == "true" && kernels.Any(kernel => kernel % 2 == 0)) return;
        parameters += Text("head") == "average" ? (10 * channels) + 10 : (10 * channels * side * side) + 10;
        Assert.Equal(parameters, page.Number("parameters"));
    }

    protected internal override string Random(Control control, ref RandomSequence random)
    {
        var count = 1 + random.NextInt(5);
        var numbers = new int[control.Name == "pools" ? 1 : count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = control.Name switch
            {
                "widths" => 4 + random.NextInt(20),
                "kernels" => 1 + (2 * random.NextInt(3)),
                _ => random.NextInt(3)
            };
        return control is ListControl ? string.Join('_', numbers) : base.Random(control, ref random);
    }
}
