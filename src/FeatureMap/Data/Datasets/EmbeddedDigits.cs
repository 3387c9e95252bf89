namespace FeatureMap.Data;

/// <summary>
/// The digits inside the library: one picture of 2000x1000, 50 rows of 100 digits of 20x20, five rows per class. Each digit is put into the
/// middle of 28x28, where the digits of MNIST are too. The last of the five rows of a class is for validation.
/// </summary>
internal static class EmbeddedDigits
{
    /// <summary>What stands in the place of a folder.</summary>
    public const string Source = "embedded in the library";

    private const int Cell = 20, Side = 28, Border = (Side - Cell) / 2;
    private const int Columns = 100, RowsPerClass = 5, Classes = 10, Area = Side * Side;

    public static SplitData Load()
    {
        var info = Datasets.Info("digits");
        using var resource = typeof(EmbeddedDigits).Assembly.GetManifestResourceStream("FeatureMap.Data.digits.png")
            ?? throw new DataException("The digits inside the library are missing: the library was built without them.");
        var file = new byte[resource.Length];
        resource.ReadExactly(file);
        var header = ImageHeader.Parse(file, info.Name);
        var sheet = new Picture(info.Name, new(1, header.Height, header.Width), ImageFile.Decode(file, header, info.Name, new(1, header.Height, header.Width)));
        return new(
            info.Name,
            Part(info, sheet, "training", firstRow: 0, rows: RowsPerClass - 1),
            Part(info, sheet, "validation", firstRow: RowsPerClass - 1, rows: 1),
            Source)
        {
            Origin = DataOrigin.Embedded,
        };
    }

    // Classes take turns, so that the first n images are balanced: image i shows class i mod 10.
    private static ImageSet Part(DatasetInfo info, Picture sheet, string part, int firstRow, int rows)
    {
        var count = Classes * rows * Columns;
        var pixels = new byte[count * Area];
        var labels = new int[count];
        for (var index = 0; index < count; index++)
        {
            var (turn, label) = (index / Classes, index % Classes);
            labels[index] = label;
            var top = ((label * RowsPerClass) + firstRow + (turn / Columns)) * Cell;
            var left = turn % Columns * Cell;
            for (var y = 0; y < Cell; y++)
            {
                sheet.Pixels.Slice(((top + y) * sheet.Shape.Width) + left, Cell)
                    .CopyTo(pixels.AsSpan((index * Area) + ((Border + y) * Side) + Border));
            }
        }
        return ImageSet.Adopt($"{info.Name} {part}", info.ImageShape, pixels, labels, info.ClassNames);
    }
}
