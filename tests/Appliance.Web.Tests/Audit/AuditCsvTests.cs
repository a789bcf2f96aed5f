using Appliance.Web.Audit;

namespace Appliance.Web.Tests.Audit;

public sealed class AuditCsvTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("with blank", "with blank")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"no\"", "\"say \"\"no\"\"\"")]
    [InlineData("two\nlines", "two\\u000Alines")]
    [InlineData("two\r\nlines", "two\\u000D\\u000Alines")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49", "'+49")]
    [InlineData("-1", "'-1")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "\\u0009=1")]
    [InlineData("\r=1", "\\u000D=1")]
    [InlineData("=HYPERLINK(\"http://evil.example\",\"x\")", "\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\"")]
    [InlineData("1=1", "1=1")]
    [InlineData("a-b", "a-b")]
    public void Cell_Text_IsQuotedAndNoFormula(string? text, string cell) => AuditCsv.Cell(text).ShouldBe(cell);

    [Fact]
    public void Row_Entry_HasACellForEachHeadUtcAndHashes()
    {
        var at = new DateTime(2026, 3, 4, 10, 12, 45, DateTimeKind.Utc).AddMicroseconds(7);
        AuditCsv.Head.ShouldBe("id,at_utc,actor,from,action,target,before,after,result,previous_hash,hash\r\n");
        AuditCsv
            .Row(new(7, at, "Ann", "192.0.2.1", "sign_in", "", null, "x", "ok", "aa", "bb"))
            .ShouldBe("7,2026-03-04T10:12:45.000007Z,Ann,192.0.2.1,sign_in,,,x,ok,aa,bb\r\n");
    }
}
