using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Tables as RFC 4180 describes them, and as spreadsheets write them.</summary>
public sealed class CsvTableTests
{
    [Fact]
    public void Fields_in_quotes_hold_separators_line_ends_and_quotes()
    {
        var table = Parse("file,label\r\n\"a, b.png\",\"two\r\nlines\"\r\n\"c\"\"d.png\",plain \"x\"\r\n");
        Assert.Equal(["file", "label"], table.Columns);
        Assert.Equal(["a, b.png", "two\r\nlines"], table.Rows[0].Fields);
        Assert.Equal(["c\"d.png", "plain \"x\""], table.Rows[1].Fields);
        Assert.Equal((2, 4), (table.Rows[0].Line, table.Rows[1].Line));
    }

    [Theory]
    [InlineData("file;label;note\na.png;cat;1,5\n")]
    [InlineData("file\tlabel\tnote\na.png\tcat\t1,5\n")]
    [InlineData("file|label|note\na.png|cat|1,5\n")]
    [InlineData("sep=;\r\nfile;label;note\r\na.png;cat;1,5\r\n")]
    [InlineData("file,label,note\ra.png,cat,\"1,5\"\r\r")]
    [InlineData("file,label,note,,\n\na.png,cat,\"1,5\",,\n\n")]
    public void The_header_tells_the_separator_and_any_line_end_will_do(string text)
    {
        var table = Parse(text);
        Assert.Equal(["file", "label", "note"], table.Columns.Take(3));
        Assert.Equal(["a.png", "cat", "1,5"], Assert.Single(table.Rows).Fields.Take(3));
    }

    [Fact]
    public void Texts_of_every_usual_encoding_are_read()
    {
        const string Text = "file,label\na.png,Bär\n";
        foreach (var encoding in (Encoding[])[new UTF8Encoding(true), new UTF8Encoding(false), Encoding.Unicode, Encoding.BigEndianUnicode])
            Assert.Equal("Bär", CsvTable.Parse([.. encoding.GetPreamble(), .. encoding.GetBytes(Text)], "t.csv").Rows[0].Fields[1]);
        var latin = CsvTable.Parse(Encoding.Latin1.GetBytes(Text), "t.csv");
        Assert.Equal("Bär", latin.Rows[0].Fields[1]);
        Assert.Equal("t.csv is not in UTF-8 and was read as Latin-1: look at the names of the classes, and save it as UTF-8 if they are "
            + "wrong.", latin.Notes.Single());
    }

    [Theory]
    [InlineData("", "t.csv: the table is empty. Expected a line with the names of the columns, such as file,label, and a line for each "
        + "image.")]
    [InlineData("file,label\n", "t.csv: the table has a header (file, label) and nothing below it.")]
    [InlineData("file,label\na.png,cat\nb.png,dog,brown\n", "t.csv: line 3 has 3 fields, and the header names 2 (file, label). A field "
        + "with a comma in it must stand in double quotes.")]
    [InlineData("file;label\na.png;cat\nb.png\n", "t.csv: line 3 has 1 fields, and the header names 2 (file, label). Is something "
        + "missing on this line?")]
    [InlineData("file,label\n\"a.png,cat\n", "t.csv: the quote that is opened in the record of line 2 is never closed.")]
    [InlineData("file,label\n\"a\".png,cat\n", "t.csv: line 2: behind the closing quote comes '.'. Expected a comma or the end of the "
        + "line; quotes inside of a field are doubled.")]
    [InlineData("file,File\na.png,cat\n", "t.csv: two columns are called 'file'. Rename one of them.")]
    [InlineData("fi\0le,label\na.png,cat\n", "t.csv: this is no text: it has zero bytes in it. Save the table as CSV in UTF-8.")]
    public void What_is_no_table_is_refused_with_the_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<DataException>(() => Parse(text)).Message);

    [Fact]
    public void Whatever_bytes_there_are_the_answer_is_a_table_or_an_error_that_teaches()
    {
        var random = new Random(1);
        byte[] start = [.. "file,label\r\n\"a, b.png\",cat\r\nc.png,\"d\"\"og\"\r\n"u8];
        for (var round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. start];
            for (var change = random.Next(1, 6); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)",;\"\r\n\t\0 aé="[random.Next(11)];
            try
            {
                var table = CsvTable.Parse(bytes[..random.Next(1, bytes.Length + 1)], "t.csv");
                Assert.All(table.Rows, row => Assert.Equal(table.Columns.Length, row.Fields.Length));
            }
            catch (DataException error)
            {
                Assert.StartsWith("t.csv: ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static CsvTable Parse(string text) => CsvTable.Parse(Encoding.UTF8.GetBytes(text), "t.csv");
}
