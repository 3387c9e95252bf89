using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Randomness;

namespace FeatureMap.Zoo;

/// <summary>
/// Scenes made of real digits: none to a few of them, at random places and in slightly different sizes, on a noisy ground with torn pieces of other digits, which a detector must learn to pass
/// over. Scene i is a pure function of (digits, seed, part, i).
/// </summary>
public sealed class DigitScenes
{
    private const int MostDigits = 4, Attempts = 20, Ink = 64, MostNoise = 24, PieceSide = 8;
    private const double EmptyScenes = 0.1, MostOverlap = 0.05;
    private const float Smallest = 0.65f, Largest = 1.1f;

    private readonly ImageSet digits;
    private readonly ulong seed;
    private readonly uint part;
    private readonly BoxGrid grid;

    /// <summary>Draws scenes.</summary>
    /// <param name="digits">White digits on black, one channel and square.</param>
    /// <param name="grid">Size of the scenes, and which cell answers for what.</param>
    /// <param name="seed">Another seed, other scenes.</param>
    /// <param name="part">Which part of the data: parts have different scenes.</param>
    /// <param name="count">Number of scenes.</param>
    /// <exception cref="ShapeException">The digits are not square and gray, or too large for the scenes, or the scenes are not gray.</exception>
    public DigitScenes(ImageSet digits, BoxGrid grid, ulong seed, uint part, int count)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var shape = digits.ImageShape;
        if (shape.Channels != 1 || grid.Image.Channels != 1 || shape.Height != shape.Width || shape.Height * Largest > Math.Min(grid.Image.Height, grid.Image.Width) || shape.Height < PieceSide)
            throw new ShapeException($"Scenes of {grid.Image} are made of small square gray images, such as digits of 1x28x28: {digits.Name} has {shape}.");
        (this.digits, this.grid, this.seed, this.part) = (digits, grid, seed, part);
        var area = grid.Image.Area;
        byte[] pixels = new byte[checked(count * area)];
        var targets = new float[checked(count * grid.Shape.Count)];
        var boxes = new IReadOnlyList<LabelledBox>[count];
        for (var scene = 0; scene < count; scene++)
        {
            boxes[scene] = Draw((uint)scene, pixels.AsSpan(scene * area, area));
            grid.Encode(boxes[scene], targets.AsSpan(scene * grid.Shape.Count, grid.Shape.Count));
        }
        Boxes = boxes;
        Images = new ImageSet("scenes of digits", grid.Image, pixels, TargetSet.Numbers(grid.Shape, targets));
    }

    /// <summary>The scenes with the targets of the grid.</summary>
    public ImageSet Images { get; }

    /// <summary>What is in each scene.</summary>
    public IReadOnlyList<IReadOnlyList<LabelledBox>> Boxes { get; }

    private List<LabelledBox> Draw(uint scene, Span<byte> canvas)
    {
        var random = new RandomSequence(seed, RandomPurpose.Scenes, part, scene);
        var boxes = new List<LabelledBox>();
        var wanted = random.NextDouble() < EmptyScenes ? 0 : 1 + random.NextInt(MostDigits);
        for (var pieces = 3 + random.NextInt(5); pieces > 0; pieces--)
            DrawPiece(canvas, ref random);
        for (var digit = 0; digit < wanted; digit++)
            DrawDigit(canvas, boxes, ref random);
        foreach (ref var pixel in canvas)
            pixel = (byte)Math.Min(255, pixel + random.NextInt(MostNoise));
        return boxes;
    }

    // A piece of stroke that belongs to no digit.
    private void DrawPiece(Span<byte> canvas, ref RandomSequence random)
    {
        var shape = digits.ImageShape;
        var source = digits.Pixels(random.NextInt(digits.Count));
        int fromY = random.NextInt(shape.Height - PieceSide + 1), fromX = random.NextInt(shape.Width - PieceSide + 1);
        int top = random.NextInt(grid.Image.Height - PieceSide + 1), left = random.NextInt(grid.Image.Width - PieceSide + 1);
        for (var y = 0; y < PieceSide; y++)
            for (var x = 0; x < PieceSide; x++)
                Lighten(canvas, top + y, left + x, source[((fromY + y) * shape.Width) + fromX + x]);
    }

    // A digit that finds no free place is left out.
    private void DrawDigit(Span<byte> canvas, List<LabelledBox> boxes, ref RandomSequence random)
    {
        var image = random.NextInt(digits.Count);
        var side = (int)Math.Round(digits.ImageShape.Height * (double)random.NextSingle(Smallest, Largest));
        var scaled = ImageResize.Resize(digits.Pixels(image), digits.ImageShape, side, side);
        if (InkBox(scaled, side) is not { } ink) return;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            int top = random.NextInt(grid.Image.Height - side + 1), left = random.NextInt(grid.Image.Width - side + 1);
            var box = ink with { X = ink.X + left, Y = ink.Y + top };
            var cell = grid.CellOf(box);
            if (boxes.Exists(other => other.Box.Overlap(box) > MostOverlap || grid.CellOf(other.Box) == cell)) continue;
            for (var y = 0; y < side; y++)
                for (var x = 0; x < side; x++)
                    Lighten(canvas, top + y, left + x, scaled[(y * side) + x]);
            boxes.Add(new LabelledBox(box, digits.Label(image)));
            return;
        }
    }

    private void Lighten(Span<byte> canvas, int y, int x, byte value)
    {
        ref var pixel = ref canvas[(y * grid.Image.Width) + x];
        pixel = Math.Max(pixel, value);
    }

    /// <summary>The smallest box around the strokes; null for an empty image.</summary>
    private static Box? InkBox(byte[] pixels, int side)
    {
        int top = side, left = side, bottom = -1, right = -1;
        for (var i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] < Ink) continue;
            (top, bottom) = (Math.Min(top, i / side), Math.Max(bottom, i / side));
            (left, right) = (Math.Min(left, i % side), Math.Max(right, i % side));
        }
        return bottom < 0 ? null : new Box(left, top, right - left + 1, bottom - top + 1);
    }
}
