using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>A picture of what an augmentation makes of the images of a data set: a row for each image, a column for each epoch.</summary>
/// <param name="Data">The data.</param>
/// <param name="Augmentation">What is shown.</param>
/// <param name="Images">Rows.</param>
/// <param name="Shape">Of the whole picture.</param>
/// <param name="File">The full path of the file that was written.</param>
public sealed record AugmentationSheet(SplitData Data, Augmentation Augmentation, int Images, Shape Shape, string File)
{
    /// <summary>Draws it and writes it.</summary>
    /// <param name="source">Which data.</param>
    /// <param name="augmentation">What to show; null for <see cref="UsualFor"/>.</param>
    /// <param name="images">Images to show, at most as many as there are.</param>
    /// <param name="epochs">Variants of each: those of so many epochs.</param>
    /// <param name="seed">Seed of the training whose variants are shown.</param>
    /// <param name="file">The PNG file to write; one that ends in <c>.html</c> becomes a page, which also says what each row is.</param>
    /// <param name="files">How image files become a data set.</param>
    /// <param name="context">Told progress and notices.</param>
    /// <exception cref="DataException">There is no data set at the place, or the picture cannot be written.</exception>
    public static AugmentationSheet Write(
        DataSource source, Augmentation? augmentation, int images, int epochs, ulong seed, string file, ClassFolderOptions files,
        WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        augmentation ??= source.IsPath ? Recipes.For(source, files).Options().Augmentation : UsualFor(source.Dataset);
        var found = DataAccess.Load(source, context, files);
        var (pixels, shape) = AugmentationPreview.Draw(found.Training, augmentation, images, epochs, seed);
        var path = Path.GetFullPath(file);
        var sheet = new AugmentationSheet(found, augmentation, Math.Min(images, found.Training.Count), shape, path);
        if (Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase))
        {
            sheet.Page(pixels, epochs, seed).Write(path);
            return sheet;
        }
        try
        {
            System.IO.File.WriteAllBytes(path, PngWriter.Write(pixels, shape));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The picture cannot be written: {error.Message} Choose another place for the sheet.", error);
        }
        return sheet;
    }

    private Page Page(byte[] pixels, int epochs, ulong seed)
    {
        var set = Data.Training;
        var grid = new PictureGrid
        {
            Pictures = [new(new ReportImage(pixels, Shape), "Row by row: an image, and its variants, one per epoch.")],
            Columns = 1,
            Side = Math.Max(Shape.Width, Shape.Height),
        };
        return new Page($"{Data.Name}: what {Augmentation} does", "Augmentation",
            $"The first {ReportText.Count(Images, "training image")}, and {ReportText.Count(epochs, "variant")} of each: exactly those "
            + $"that a training with the seed {seed} meets in its first epochs.")
            .Section("The images", "At the left each image as it is. Labels must stay true: where you cannot tell a variant any more, the "
                + "augmentation is too strong; where all variants look alike, it does nothing.")
            .Add(grid)
            .Table(new ReportTable(["Row", "Class", "Image"], [.. Enumerable.Range(0, Images).Select(row => (IReadOnlyList<string>)
                [$"{row + 1}", set.Targets is null ? set.ClassNames[set.Label(row)] : "–", set.NameOf(row)])]), "What the rows are.")
            .Section("The setting of a training that does the same", "A click marks the whole line.")
            .Code(ShellWord.Of($"augmentation={Augmentation}"));
    }

    /// <summary>What the first recipe for a data set does with it; shifts, turns and zooms where there is none.</summary>
    public static Augmentation UsualFor(string dataset) =>
        Recipes.All.Where(recipe => recipe.Dataset == dataset).Select(recipe => recipe.Options().Augmentation)
            .FirstOrDefault(augmentation => augmentation != Augmentation.None)
        ?? new RandomAffine { ShiftPixels = 2, RotationDegrees = 10, Zoom = 0.1f };
}
