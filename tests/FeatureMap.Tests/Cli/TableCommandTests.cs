using System.Text;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>Tables of labels by the tool: train, data, evaluate, and back from predict.</summary>
public sealed class TableCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string photos, table;

    public TableCommandTests()
    {
        photos = ClassFolder.Write(folder, "photos", [.. Enumerable.Range(0, 24)
            .Select(k => ($"{k}.png", ClassFolder.Picture((byte)((k % 2 * 120) + k), 16, 16)))]);
        table = folder.Write("labels.csv", Encoding.UTF8.GetBytes("file,label\n" + string.Concat(Enumerable.Range(0, 24)
            .Select(k => $"{k}.png,{(k % 2 == 0 ? "dark" : "light")}\n"))));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_table_trains_is_judged_and_comes_back_from_predict()
    {
        var trained = Tool.Run("train", table, "--images", photos, "--epochs", "4", "--no-report", "--threads", "1", "--out",
            folder["runs"]);
        Assert.Equal(0, trained.Code);
        Assert.Contains("Classes   dark, light", trained.Output, StringComparison.Ordinal);
        Assert.Contains("the column 'file' names the images, 'label' their class.", trained.Error, StringComparison.Ordinal);
        var run = Directory.GetDirectories(folder["runs"]).Single();
        Assert.StartsWith("labels-", Path.GetFileName(run), StringComparison.Ordinal);

        var judged = Tool.Run("evaluate", run, "--json");
        Assert.Equal(0, judged.Code);
        Assert.DoesNotContain("not those", judged.Error, StringComparison.Ordinal);
        // The images were moved: the place of another table is given with it.
        Directory.Move(photos, folder["moved"]);
        Assert.Equal(1, Tool.Run("evaluate", run, "--json").Code);
        Assert.Equal(judged.Json.GetProperty("accuracy").GetDouble(), Tool.Run("evaluate", run, "--data", table, "--images",
            folder["moved"], "--json").Json.GetProperty("accuracy").GetDouble());

        Assert.Equal(0, Tool.Run("predict", run, folder["moved"], "--csv", folder["answers.csv"], "--json").Code);
        var again = Tool.Run("data", "info", folder["answers.csv"], "--images", folder["moved"], "--json");
        Assert.Equal(0, again.Code);
        var found = again.Json.GetProperty("found");
        Assert.Equal(24, found.GetProperty("trainingImages").GetInt32() + found.GetProperty("validationImages").GetInt32());
        Assert.Contains("'class' their class", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_commands_take_tables_and_say_what_is_wrong_in_terms_of_the_command_line()
    {
        Assert.Equal(0, Tool.Run("data", "check", table, "--images", photos).Code);
        Assert.Equal(0, Tool.Run("data", "preview", table, "--image-folder", photos, "--images", "2", "--epochs", "2", "--out",
            folder["sheet.png"]).Code);
        Assert.True(File.Exists(folder["sheet.png"]));
        Assert.Equal(0, Tool.Run("data", "info", table).Code); // found by their names in a folder beside the table
        var lost = Tool.Run("train", folder.Write("alone/labels.csv", File.ReadAllBytes(table)));
        Assert.Equal(1, lost.Code);
        Assert.Contains("--images FOLDER", lost.Error, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("data", "info", photos, "--images", photos).Code);
        var sheet = Tool.Run("data", "info", folder.Write("labels.xlsx", [80, 75, 3, 4]));
        Assert.Contains("Save it as CSV", sheet.Error, StringComparison.Ordinal);
        var column = Tool.Run("data", "info", table, "--images", photos, "--label-column", "breed");
        Assert.Contains("there is no column 'breed' (label-column); it has file, label.", column.Error, StringComparison.Ordinal);
    }
}
