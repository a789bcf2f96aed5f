using Appliance.Web.Audit;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Tests.Audit;

public sealed class AuditQueryTests
{
    [Theory]
    [InlineData("/audit")]
    [InlineData(
        "/audit?person=Ann%20%26%20Bob&action=connection.close&result=failed&from=2026-03-04&to=2026-03-05T10%3A30&search=a%2Bb%20%22c%22%20%25_%20%C3%A4"
    )]
    [InlineData("/audit?action=sign-ins&older=120")]
    [InlineData("/audit?newer=7&entry=9")]
    [InlineData("/audit?search=x&older=120&entry=9")]
    public void Address_ReadAndWritten_IsTheSame(string address)
    {
        AuditAddress.Parse("http://localhost:8081" + address).Address().ShouldBe(address);
        AuditAddress.Parse("http://localhost:8081" + address + "#main").Address().ShouldBe(address);
    }

    [Theory]
    [InlineData("/audit?person=%20&older=x&entry=-1&newer=", "/audit")]
    [InlineData("/audit?older=5&newer=6", "/audit?older=5")]
    [InlineData("/audit?search=%20a%20b%20&other=1", "/audit?search=a%20b")]
    public void Address_WithWhatItDoesNotKnow_LeavesItOut(string address, string read) =>
        AuditAddress.Parse("http://localhost" + address).Address().ShouldBe(read);

    [Fact]
    public void QueryString_EveryField_ComesBack()
    {
        var query = new AuditQuery
        {
            Person = "a&b",
            Action = "config",
            Result = "ok",
            From = "2026-03-04",
            To = "2026-03-04",
            Search = "x = y",
        };
        var values = QueryHelpers.ParseQuery(query.ToQueryString());
        AuditQuery.Of(name => values.TryGetValue(name, out var value) ? value.ToString() : null).ShouldBe(query);
        query.Words().ShouldBe("person a&b, action config, result ok, from 2026-03-04, to 2026-03-04, search x = y");
        new AuditQuery().Words().ShouldBe("everything");
        new AuditAddress { Query = query with { Person = null, Search = null, Action = null } }
            .ExportAddress("csv")
            .ShouldBe("/audit/export?format=csv&result=ok&from=2026-03-04&to=2026-03-04");
        new AuditAddress().ExportAddress("jsonl").ShouldBe("/audit/export?format=jsonl");
    }

    [Fact]
    public void Read_ToADay_IncludesIt()
    {
        var (filter, fault) = new AuditQuery
        {
            From = "2026-03-04",
            To = "2026-03-04",
            Action = "connections",
            Result = "failed",
        }.Read();
        fault.ShouldBeNull();
        (filter.FromUtc, filter.ToUtc).ShouldBe((new DateTime(2026, 3, 4), new DateTime(2026, 3, 5)));
        filter.FromUtc!.Value.Kind.ShouldBe(DateTimeKind.Utc);
        (filter.Action, filter.Succeeded).ShouldBe(("connection. drain. inspector. inspection. headers.", false));
        var times = new AuditQuery { From = "2026-03-04T10:30", To = "2026-03-04 11:00:30Z" }
            .Read()
            .Filter;
        (times.FromUtc, times.ToUtc).ShouldBe((new DateTime(2026, 3, 4, 10, 30, 0), new DateTime(2026, 3, 4, 11, 0, 30)));
    }

    [Theory]
    [InlineData("action", "nothing.such")]
    [InlineData("result", "good")]
    [InlineData("from", "yesterday")]
    [InlineData("to", "2026-13-01")]
    [InlineData("to", "9999-12-31")]
    public void Read_WhatCannotBeRead_SaysWhichAndHow(string name, string value) =>
        AuditQuery.Of(asked => asked == name ? value : null).Read().Fault.ShouldNotBeNull().ShouldContain($"\"{value}\"");

    [Theory]
    [InlineData("drain")]
    [InlineData("sign_in")]
    [InlineData("audit")]
    public void Read_BeginningOfAnAction_IsFine(string action) =>
        new AuditQuery { Action = action }
            .Read()
            .Fault.ShouldBeNull();
}
