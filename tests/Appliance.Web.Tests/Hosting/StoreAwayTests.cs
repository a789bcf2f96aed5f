using Appliance.Web.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;

namespace Appliance.Web.Tests.Hosting;

/// <summary>What somebody hears whose request needs the database while its disk is full: what did not happen.</summary>
public sealed class StoreAwayTests
{
    private const string Full = "The disk of the data folder is full";
    private const string Unrecorded = ", because what is done must be recorded and 1,000 records wait already. ";
    private const string Advice = "Make room, and try again.";

    [Theory]
    [InlineData("POST", "/control/connections/close", "; nothing was closed" + Unrecorded)]
    [InlineData("POST", "/control/drains", "; no drain was begun or ended" + Unrecorded)]
    [InlineData("POST", "/control/drains/cancel", "; no drain was begun or ended" + Unrecorded)]
    [InlineData("POST", "/control/config", "; nothing was stored. ")]
    [InlineData("GET", "/control/audit/export", "; nothing was stored. ")]
    [InlineData("GET", "/control/revisions", ". ")]
    [InlineData("GET", "/control/sessions", ". ")]
    public void SentenceOf_ARequest_SaysWhatDidNotHappen(string method, string path, string undone)
    {
        var context = new DefaultHttpContext { Request = { Method = method, Path = path } };
        StoreAway.SentenceOf(context.Request, new SqliteException("database or disk is full", 13)).ShouldBe(Full + undone + Advice);
    }
}
