using FeatureMap.Analysis;
using FeatureMap.Randomness;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Tests.Reports;

/// <summary>A plausible run of a small digit network, made up and always the same.</summary>
internal static class ReportSample
{
    private static readonly string[] Segments = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"];

    public static ReportData Make(int epochs = 15)
    {
        var random = new RandomSequence(2, RandomPurpose.Testing);
        var rows = Epochs(epochs);
        var last = rows[^1];
        return new ReportData
        {
            Title = "mnist-8k",
            Facts =
            [
                new("Recipe", "mnist-8k"), new("Data set", "MNIST, 60,000 + 10,000 images of 1x28x28"), new("Parameters", "7,906"), new("Optimiser", "SGD, momentum 0.9"),
                new("Seed", "1"), new("Threads", "2"), new("Machine", "2 cores, AVX2, Linux x64"), new("Time", "3 min 12 s"), new("Training accuracy", "98.73 %"), new("Validation accuracy", "99.43 %"),
            ],
            Epochs = rows,
            Steps = [.. Enumerable.Range(1, epochs * 10).Select(i => new StepRecord { Step = i * 47, Epoch = ((i - 1) / 10) + 1, Loss = 1.0 / i, LearningRate = Rate(i / (epochs * 10.0)) })],
            ClassNames = [.. Enumerable.Range(0, 10).Select(i => $"{i}")],
            Confusion = Confusion(ref random, 10, 57),
            Mistakes = [.. new[] { (4, 9, 0.997), (9, 4, 0.991), (3, 5, 0.984), (7, 2, 0.973), (1, 7, 0.969), (6, 0, 0.941), (8, 3, 0.902), (5, 6, 0.88) }
                .Select(pair => new ReportMistake(Digit(pair.Item1, ref random), pair.Item1, pair.Item2, pair.Item3))],
            Kernels = new ReportKernels("conv1", Kernels(16, ref random), 1, 3, 3),
            Sample = Digit(5, ref random),
            FeatureMaps = Maps(Digit(5, ref random)),
            Summary = new ReportTable(["Layer", "Output", "Parameters", "MACs", "Receptive field"],
            [
                ["conv1 Conv2d 3x3", "16x26x26", "144", "97,344", "3"], ["norm1 BatchNorm", "16x26x26", "32", "0", "3"], ["relu1 Relu", "16x26x26", "0", "0", "3"],
                ["conv2 Conv2d 3x3", "16x24x24", "2,304", "1,327,104", "5"], ["pool1 MaxPool 2x2", "16x12x12", "0", "0", "6"], ["conv3 Conv2d 3x3", "24x10x10", "3,456", "345,600", "10"], ["pool2 GlobalAveragePool", "24", "0", "0", "28"], ["head Linear", "10", "250", "240", "28"],
            ]),
            LogText = string.Join('\n', rows.Select(row => FormattableString.Invariant($"epoch {row.Epoch,2}  loss {row.TrainLoss:0.0000}  accuracy {row.TrainAccuracy:P2}  validation {row.ValidationLoss:0.0000} {row.ValidationAccuracy:P2}  {row.ImagesPerSecond:N0} images/s"))) + "\n"
                + FormattableString.Invariant($"done: {last.ValidationAccuracy:P2} <after> {last.Epoch} epochs, see http://example.org/\n"),
        };
    }

    private static List<EpochRecord> Epochs(int count) => [.. Enumerable.Range(1, count).Select(epoch =>
    {
        var wobble = 0.12 * Math.Sin(epoch * 2.3) * (1 - (epoch / (count + 1.0)));
        var loss = 0.034 + (0.55 * Math.Exp(-0.55 * epoch)) + (0.09 * Math.Exp(-0.12 * epoch));
        var validation = (0.018 + (0.24 * Math.Exp(-0.5 * epoch)) + (0.05 * Math.Exp(-0.15 * epoch))) * (1 + wobble);
        return new EpochRecord
        {
            Epoch = epoch,
            Step = epoch * 470L,
            TrainLoss = loss,
            TrainAccuracy = 1 - (loss * 0.31),
            ValidationLoss = validation,
            ValidationAccuracy = epoch == count ? 0.9943 : 1 - (validation * 0.26),
            LearningRate = Rate(epoch / (double)count),
            Seconds = 12.7 + wobble,
            TotalSeconds = 12.8 * epoch,
            ImagesPerSecond = 5012 + (300 * wobble),
        };
    })];

    private static double Rate(double share) => share < 0.25 ? 0.004 + (0.096 * share / 0.25) : 0.05 * (1 + Math.Cos(Math.PI * (share - 0.25) / 0.75));

    private static int[,] Confusion(ref RandomSequence random, int classes, int mistakes)
    {
        var counts = new int[classes, classes];
        for (var i = 0; i < classes; i++)
            counts[i, i] = 940 + random.NextInt(120);
        for (var i = 0; i < mistakes; i++)
        {
            var row = random.NextInt(classes);
            var column = i % 3 == 0 ? (row + 5) % classes : random.NextInt(classes);
            if (row != column)
                counts[row, column]++;
        }
        return counts;
    }

    // A seven-segment digit with soft edges, slanted and noisy.
    public static ReportImage Digit(int digit, ref RandomSequence random)
    {
        var shape = Shape.Image(1, 28, 28);
        var pixels = new byte[shape.Count];
        var slant = random.NextSingle(-0.25f, 0.1f);
        (double X, double Y)[] corners = [(9, 6), (19, 6), (19, 14), (19, 22), (9, 22), (9, 14)];
        foreach (var segment in Segments[digit])
        {
            var (a, b) = segment switch { 'a' => (0, 1), 'b' => (1, 2), 'c' => (2, 3), 'd' => (3, 4), 'e' => (4, 5), 'f' => (5, 0), _ => (5, 2) };
            for (var y = 0; y < 28; y++)
                for (var x = 0; x < 28; x++)
                {
                    var (px, py) = (x + (slant * (y - 14)), (double)y);
                    var (dx, dy) = (corners[b].X - corners[a].X, corners[b].Y - corners[a].Y);
                    var along = Math.Clamp((((px - corners[a].X) * dx) + ((py - corners[a].Y) * dy)) / ((dx * dx) + (dy * dy)), 0, 1);
                    var distance = Math.Sqrt(Math.Pow(px - corners[a].X - (along * dx), 2) + Math.Pow(py - corners[a].Y - (along * dy), 2));
                    pixels[(y * 28) + x] = (byte)Math.Max(pixels[(y * 28) + x], Math.Clamp(255 * (2.2 - distance), 0, 255));
                }
        }
        return new ReportImage(pixels, shape);
    }

    private static List<float[]> Kernels(int count, ref RandomSequence random)
    {
        var kernels = new List<float[]>();
        for (var k = 0; k < count; k++)
        {
            var (angle, offset) = (random.NextSingle(0, 6.28f), random.NextSingle(-0.3f, 0.3f));
            var weights = new float[9];
            for (var i = 0; i < 9; i++)
                weights[i] = (float)((0.35 * ((((i % 3) - 1) * Math.Cos(angle)) + (((i / 3) - 1) * Math.Sin(angle)))) + offset + (0.05 * random.NextNormal()));
            kernels.Add(weights);
        }
        return kernels;
    }

    private static List<ReportFeatureMap> Maps(ReportImage image)
    {
        var random = new RandomSequence(9, RandomPurpose.Testing);
        var input = image.Pixels.Select(pixel => pixel / 255f).ToArray();
        var first = Filter(input, 28, Kernels(16, ref random), 1, signed: true);
        var second = Filter(first, 26, Kernels(16, ref random), 2, signed: false);
        var logits = Enumerable.Range(0, 10).Select(i => i == 5 ? 9.3f : random.NextSingle(-6, 3)).ToArray();
        return [new("conv1", Shape.Image(16, 26, 26), first), new("relu1", Shape.Image(16, 26, 26), [.. first.Select(v => Math.Max(v, 0))]), new("pool1", Shape.Image(16, 12, 12), second), new("head", Shape.Vector(10), logits)];
    }

    private static float[] Filter(float[] planes, int side, List<float[]> kernels, int stride, bool signed)
    {
        var output = (side - 2) / stride;
        var values = new float[kernels.Count * output * output];
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, y, x) = (i / (output * output), i % (output * output) / output * stride, i % output * stride);
            var plane = planes.Length == side * side ? 0 : channel;
            var sum = 0f;
            for (var k = 0; k < 9; k++)
                sum += kernels[channel][k] * planes[(plane * side * side) + ((y + (k / 3)) * side) + x + (k % 3)];
            values[i] = signed ? sum : Math.Max(sum, 0);
        }
        return values;
    }
}
