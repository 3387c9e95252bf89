using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>
/// What judges the numbers of one lesson besides the engine: a text book's loops, a closed form, an identity. One class for each lesson;
/// <see cref="LessonTests"/> finds them
/// and calls them for the defaults, every experiment and 25 random states.
/// </summary>
public abstract class LessonOracle
{
    /// <summary>The lesson's id.</summary>
    public abstract string Id { get; }

    /// <summary>Fails where a number of the page is wrong.</summary>
    public abstract void Check(LessonState state, LessonPage page);

    /// <summary>Whether the page takes a network through a step; not where its numbers are those of a schedule, of an augmentation, or counted in a graph.</summary>
    public virtual bool HasTrace => true;

    /// <summary>States that show what random ones hardly meet, such as the other side of a condition.</summary>
    public virtual IReadOnlyList<string> Witnesses => [];

    /// <summary>A random value of a control, as text; override for controls whose random values would hardly ever fit.</summary>
    protected internal virtual string Random(Control control, ref RandomSequence random)
    {
        switch (control)
        {
            case WholeControl whole:
                return $"{whole.Least + random.NextInt(whole.Most - whole.Least + 1)}";
            case RealControl real:
                return $"{real.Least + (random.NextDouble() * (real.Most - real.Least))}";
            case ListControl list:
                var length = list.Fewest + random.NextInt(list.Longest - list.Fewest + 1);
                var numbers = new int[length];
                for (var i = 0; i < length; i++)
                    numbers[i] = list.Least + random.NextInt(Math.Min(list.Most - list.Least, 7) + 1);
                return string.Join('_', numbers);
            case ChoiceControl choice:
                return choice.Words[random.NextInt(choice.Words.Count)];
            case SwitchControl:
                return random.NextInt(2) == 0 ? "true" : "false";
            case PictureControl picture:
                return picture.Other.Length > 0 && random.NextInt(2) == 0 ? picture.Other : random.NextInt(2) == 0 ? "chart" : "digit-5";
            case MatrixControl matrix:
                return Numbers(matrix, ref random);
            default:
                throw new NotSupportedException($"{control.GetType().Name}");
        }
    }

    /// <summary>Small quarters of a random size, so that float32 adds them without rounding.</summary>
    protected static string Numbers(MatrixControl matrix, ref RandomSequence random)
    {
        int Side(int least, int most, ref RandomSequence sequence) => least + sequence.NextInt(Math.Min(most - least, 5) + 1);
        var (channels, rows, columns) = (Side(matrix.LeastChannels, matrix.MostChannels, ref random),
            Side(matrix.LeastRows, matrix.MostRows, ref random), Side(matrix.LeastColumns, matrix.MostColumns, ref random));
        return Written(channels, rows, columns, ref random);
    }

    /// <summary>Small quarters of a size, as text.</summary>
    protected static string Written(int channels, int rows, int columns, ref RandomSequence random)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < channels * rows * columns; i++)
        {
            if (i > 0) text.Append(i % (rows * columns) == 0 ? "~~" : i % columns == 0 ? "~" : "_");
            text.Append((random.NextInt(33) - 16) / 4.0);
        }
        return channels * rows * columns == 1 ? text.Append('~').ToString() : text.ToString();
    }

    /// <summary>The numbers of a block, exactly.</summary>
    protected static void Same(LessonPage page, string key, IEnumerable<double> expected) => Close(page, key, expected, 0);

    /// <summary>The numbers of a block, within a part of the largest.</summary>
    protected static void Close(LessonPage page, string key, IEnumerable<double> expected, double tolerance = 1e-5)
    {
        var (received, wanted) = (page.Numbers(key), expected.ToList());
        Assert.True(wanted.Count == received.Count, $"{page.State}: {key} has {received.Count} numbers, expected {wanted.Count}.");
        var scale = wanted.Select(Math.Abs).Append(1).Max();
        for (var i = 0; i < wanted.Count; i++)
            Assert.True(Math.Abs(wanted[i] - received[i]) <= tolerance * scale,
                $"{page.State}: {key}[{i}] is {received[i]}, expected {wanted[i]}.");
    }

    /// <summary>A convolution, its dX and dW by loops over all products: forward, with dY back to image and weights.</summary>
    protected static (double[] Output, double[] Dx, double[] Dw) Products(
        IReadOnlyList<double> image, (int Channels, int Height, int Width) shape, IReadOnlyList<double> weight,
            (int Outputs, int Height, int Width) kernel,
        IReadOnlyList<double>? gradient = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1)
    {
        var (height, width) = (Size(shape.Height, kernel.Height), Size(shape.Width, kernel.Width));
        var (perGroup, outputsPerGroup) = (shape.Channels / groups, kernel.Outputs / groups);
        var (result, dx, dw) = (new double[kernel.Outputs * height * width], new double[image.Count], new double[weight.Count]);
        for (var cell = 0; cell < result.Length; cell++)
            for (var i = 0; i < perGroup * kernel.Height * kernel.Width; i++)
            {
                var (output, channel, tap) = (cell / (height * width), i / (kernel.Height * kernel.Width),
                    i % (kernel.Height * kernel.Width));
                var y = (cell % (height * width) / width * stride) - padding + (tap / kernel.Width * dilation);
                var x = (cell % width * stride) - padding + (tap % kernel.Width * dilation);
                if (y < 0 || x < 0 || y >= shape.Height || x >= shape.Width) continue;
                var pixel = ((((output / outputsPerGroup * perGroup) + channel) * shape.Height) + y) * shape.Width + x;
                var own = (output * perGroup * kernel.Height * kernel.Width) + i;
                result[cell] += image[pixel] * weight[own];
                if (gradient is null) continue;
                dx[pixel] += gradient[cell] * weight[own];
                dw[own] += gradient[cell] * image[pixel];
            }
        return (result, dx, dw);

        int Size(int input, int taps) => ((input + (2 * padding) - (((taps - 1) * dilation) + 1)) / stride) + 1;
    }

    /// <summary>Channels, rows and columns of a grid.</summary>
    protected static (int Channels, int Height, int Width) ShapeOf(Grid grid) => (grid.Channels, grid.Rows, grid.Columns);

    /// <summary>A grid of the page.</summary>
    protected static Grid GridOf(LessonPage page, string key) => (Grid)page[key];

    /// <summary>The value of a control as text.</summary>
    protected static string Text(LessonState state, string control) => state.Text(state.Lesson.Control(control));

    /// <summary>The value of a control as a whole number.</summary>
    protected static int Whole(LessonState state, string control) => int.Parse(Text(state, control));

    /// <summary>The values of a control as whole numbers.</summary>
    protected static int[] List(LessonState state, string control) => [.. Text(state, control).Split('_').Select(int.Parse)];
}
