using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// A first convolution that whitens the images: its kernels are the principal directions of the patches that it sees, each divided by the deviation of the patches along it and there
/// twice, with both signs, so that an activation that cuts one side off keeps both halves. Neighbouring pixels are almost equal, and a gradient mostly sees what they share; behind this layer every
/// direction has the same deviation, and learning is faster. Such a layer is measured, not learned: <see cref="Apply"/> freezes it.
/// Sources: LeCun et al., "Efficient backprop", 1998, section 4.3; Page, "How to train your ResNet", 2019; Jordan, arXiv 2404.00498.
/// </summary>
public static class PatchWhitening
{
    /// <summary>Added to the variance along each direction, in units of normalised pixels: what varies less than 0.1 is mostly rounding.</summary>
    public const double Epsilon = 0.01;

    private const int MostImages = 2000;
    private const long MostProducts = 1_000_000_000;

    /// <summary>The layer that would be set: the convolution that reads the image.</summary>
    /// <exception cref="ShapeException">There is none, or it is one of groups.</exception>
    public static Layer FirstConvolution(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var readers = network.Layers.Where(layer => layer.Inputs.Contains(0)).ToArray();
        if (readers.FirstOrDefault(layer => layer.Op is Conv2d) is not { } first)
            throw new ShapeException($"Whitening sets the convolution that reads the image, and here the image goes to {string.Join(" and ", readers.Select(layer => $"'{layer}'"))}. Put the convolution first; pixels are normalised before the network.");
        return first.Op is Conv2d { Groups: 1 } ? first
            : throw new ShapeException($"Whitening sets kernels that see all channels of the image, and '{first}' has {((Conv2d)first.Op!).Groups} groups. Use groups: 1 there.");
    }

    /// <summary>
    /// Fresh weights whose first convolution whitens: kernels 2k and 2k + 1 are the direction of the k-th largest variance and its negative. With fewer kernels than twice the numbers of a
    /// patch the directions of small variance are left out; with more, the rest is as drawn. A bias becomes 0.
    /// </summary>
    /// <param name="network">What the weights are for.</param>
    /// <param name="images">Where the patches are measured: up to 2,000 of them, evenly spread. The sums are exact integers.</param>
    /// <param name="normalization">How pixels become numbers; measured on the images where null, as a training does.</param>
    /// <param name="seed">Of all other weights.</param>
    /// <exception cref="ShapeException">The image of the network does not go to a convolution, or the images have other channels or are smaller than its kernel.</exception>
    public static Weights Start(Network network, ImageSet images, Normalization? normalization = null, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(images);
        var layer = FirstConvolution(network);
        var conv = (Conv2d)layer.Op!;
        var shape = images.ImageShape;
        var offsets = PatchOffsets(conv, shape);
        if (shape.Channels != network.Input.Channels || offsets.Rows < 1 || offsets.Columns < 1)
            throw new ShapeException($"Whitening measures patches of {network.Input.Channels}x{conv.Kernel.Size} (the kernel of "
                + $"'{layer.Name}'), and the images are {shape} (channels x height x width). Give the images that the network "
                + "is made for.");
        normalization ??= Normalization.Of(images);
        var (variances, directions) = Directions(images, normalization, offsets);
        var weights = Weights.Initialize(network, seed);
        var kernels = weights[$"{layer.Name}.weight"].Values;
        var size = offsets.Numbers.Length;
        for (var k = 0; k < size && 2 * k < conv.OutputChannels; k++)
        {
            var scale = 1 / Math.Sqrt(variances[k] + Epsilon);
            for (var i = 0; i < size; i++)
            {
                var number = (float)(directions[(k * size) + i] * scale);
                kernels[(2 * k * size) + i] = number;
                if ((2 * k) + 1 < conv.OutputChannels) kernels[(((2 * k) + 1) * size) + i] = -number;
            }
        }
        if (conv.HasBias) weights[$"{layer.Name}.bias"].Values.Clear();
        return weights;
    }

    /// <summary>A training that starts so and leaves the first convolution as it is.</summary>
    /// <param name="options">The training; its seed and normalisation are those of the measurement.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="images">The training images.</param>
    /// <exception cref="UsageException">The training has weights to start from already.</exception>
    /// <exception cref="ShapeException">See <see cref="Start"/>.</exception>
    public static TrainingOptions Apply(TrainingOptions options, Network network, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.InitialWeights is not null)
            throw new UsageException($"Whitening sets the first convolution of fresh weights, and {nameof(TrainingOptions)}.{nameof(TrainingOptions.InitialWeights)} are given: leave one of them out.");
        return options with
        {
            InitialWeights = Start(network, images, options.Normalization?.For(images.ImageShape.Channels), options.Seed),
            FrozenLayers = [.. options.FrozenLayers, FirstConvolution(network).Name],
        };
    }

    // Where the numbers of a patch lie behind the pixel of its upper left corner, in the order of a kernel's weights, and at how many places a patch is inside the image.
    private static (int[] Numbers, int Rows, int Columns) PatchOffsets(Conv2d conv, Shape image) => (
        [.. from channel in Enumerable.Range(0, image.Channels)
            from row in Enumerable.Range(0, conv.Kernel.Vertical)
            from column in Enumerable.Range(0, conv.Kernel.Horizontal)
            select (channel * image.Area) + (row * conv.Dilation.Vertical * image.Width) + (column * conv.Dilation.Horizontal)],
        image.Height - ((conv.Kernel.Vertical - 1) * conv.Dilation.Vertical),
        image.Width - ((conv.Kernel.Horizontal - 1) * conv.Dilation.Horizontal));

    /// <summary>Variances and directions of normalised patches, largest variance first.</summary>
    private static (double[] Variances, double[] Directions) Directions(ImageSet images, Normalization normalization, (int[] Numbers, int Rows, int Columns) patch)
    {
        var size = patch.Numbers.Length;
        long places = (long)patch.Rows * patch.Columns, perImage = places * size * (size + 1) / 2;
        var count = (int)Math.Clamp(MostProducts / perImage, 1, Math.Min(MostImages, images.Count));
        var sums = new long[size];
        var products = new long[size * size];
        for (var i = 0; i < count; i++)
            Add(images.Pixels((int)((long)i * images.Count / count)), images.ImageShape.Width, patch, sums, products);
        var patches = (double)count * places;
        var covariance = new double[size * size];
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++)
            {
                var product = products[i <= j ? (i * size) + j : (j * size) + i] / patches;
                covariance[(i * size) + j] = (product - (sums[i] / patches * (sums[j] / patches))) / (255.0 * 255 * Deviation(i) * Deviation(j));
            }
        var (values, vectors) = SymmetricEigen.Solve(covariance, size);
        var order = Enumerable.Range(0, size).OrderByDescending(k => values[k]).ThenBy(k => k).ToArray();
        return ([.. order.Select(k => Math.Max(0, values[k]))], [.. order.SelectMany(k => vectors.AsSpan(k * size, size).ToArray())]);

        double Deviation(int number) => normalization.Deviation[number / (size / normalization.Channels)];
    }

    private static void Add(ReadOnlySpan<byte> pixels, int width, (int[] Numbers, int Rows, int Columns) patch, long[] sums, long[] products)
    {
        var size = patch.Numbers.Length;
        Span<int> values = new int[size];
        for (var row = 0; row < patch.Rows; row++)
            for (var column = 0; column < patch.Columns; column++)
            {
                var corner = pixels[((row * width) + column)..];
                for (var i = 0; i < size; i++)
                    values[i] = corner[patch.Numbers[i]];
                for (var i = 0; i < size; i++)
                {
                    sums[i] += values[i];
                    var to = products.AsSpan(i * size, size);
                    for (var j = i; j < size; j++)
                        to[j] += values[i] * values[j];
                }
            }
    }
}
