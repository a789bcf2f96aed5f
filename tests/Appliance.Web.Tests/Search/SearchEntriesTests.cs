using Appliance.Data.Rights;
using Appliance.Web.Frame;
using Appliance.Web.Search;
using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Tests.Search;

public sealed class SearchEntriesTests
{
    private static readonly Grant _viewer = new(Role.Viewer, AccessScope.Everything);
    private static readonly Grant _operator = new(Role.Operator, AccessScope.Everything);

    [Theory]
    [InlineData("add route", "Add route")]
    [InlineData("add pool", "Add pool")]
    [InlineData("new upstream", "Add pool")]
    [InlineData("dark", "Dark theme")]
    [InlineData("light", "Light theme")]
    [InlineData("system theme", "System theme")]
    [InlineData("sign out", "Sign out")]
    [InlineData("logout", "Sign out")]
    [InlineData("hsts", "HSTS")]
    [InlineData("drain", "Drain a server or a pool")]
    [InlineData("change password", "Change password")]
    [InlineData("two-factor", "Two-factor authentication")]
    [InlineData("2fa", "Two-factor authentication")]
    [InlineData("audit export", "Export audit")]
    [InlineData("LICENSE", "About")]
    [InlineData("timeout", "Read timeout")]
    [InlineData("502", "Why a request failed")]
    [InlineData("restore", "Return to an older revision")]
    [InlineData("rollback", "Return to an older revision")]
    [InlineData("export config", "Export config")]
    [InlineData("request id", "Requests")]
    [InlineData("support bundle", "Support bundle")]
    [InlineData("server down", "Upstream pools")]
    [InlineData("metrics", "Metrics")]
    [InlineData("prometheus", "Metrics")]
    [InlineData("notices", "Notices")]
    [InlineData("log level", "Log")]
    [InlineData("0123456789abcdef0123456789ABCDEF", "Requests with this ID")]
    [InlineData(" 0123456789abcdef0123456789abcdef ", "Requests with this ID")]
    public void Find_WordsOfADeedOrPage_HasItFirst(string typed, string name) =>
        SearchEntries.Find(ConsoleFaces.Known, typed, Grant.All).First().Name.ShouldBe(name);

    [Theory]
    [InlineData("needle")]
    [InlineData("oute")] // the middle of a word
    [InlineData("add needle")] // one word of two
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("0123456789abcdef0123456789abcde")]
    [InlineData("")]
    [InlineData(" - ")]
    public void Find_OtherWords_IsEmpty(string typed) => SearchEntries.Find(ConsoleFaces.Known, typed, Grant.All).ShouldBeEmpty();

    [Fact]
    public void Find_AnIdOfARequest_LeadsToTheRequestsWithIt() =>
        SearchEntries
            .Find(ConsoleFaces.Known, "0123456789abcdef0123456789abcdef", _viewer)
            .ShouldHaveSingleItem()
            .Path.ShouldBe("/requests?q=0123456789abcdef0123456789abcdef");

    [Fact]
    public void Find_Groups_StandTogetherPagesFirst()
    {
        var groups = SearchEntries.Find(ConsoleFaces.Known, "a", Grant.All).Select(hit => hit.Group).ToList();
        groups.ShouldBe(groups.Order());
        groups.Distinct().ShouldBe([SearchGroup.Pages, SearchGroup.Actions]);
    }

    [Fact]
    public void Find_WhatTheRoleDoesNotAllow_SaysWhy()
    {
        One("add route", _viewer).Refusal.ShouldBe("“Add route” takes the role Operator; yours is Viewer.");
        One("add route", _operator).Refusal.ShouldBeNull();
        One("add person", _operator).Refusal.ShouldBe("“Add person” takes the role Administrator; yours is Operator.");
        One("add person", Grant.All).Refusal.ShouldBeNull();
        One("dark", _viewer).Refusal.ShouldBeNull();
        One("sign out", Grant.Nothing).Refusal.ShouldBeNull();

        static SearchHit One(string typed, Grant grant) => SearchEntries.Find(ConsoleFaces.Known, typed, grant).First();
    }

    // A page that is renamed, or comes to need another role, must not be left behind here.
    [Fact]
    public void All_Paths_LeadToPagesOfTheConsole()
    {
        var pages = typeof(SearchEntries)
            .Assembly.GetTypes()
            .SelectMany(page =>
                page.GetCustomAttributes(typeof(RouteAttribute), inherit: false)
                    .Cast<RouteAttribute>()
                    .Select(route => (route.Template, Page: page))
            )
            .ToDictionary(one => one.Template, one => one.Page);
        foreach (var entry in SearchEntries.All(ConsoleFaces.Known))
        {
            if (entry.Deed is not null)
            {
                entry.Path.ShouldBeEmpty(entry.Name);
                continue;
            }

            pages.ShouldContainKey(entry.Path.Split('#')[0], entry.Name);
            var page = pages[entry.Path.Split('#')[0]];
            entry.IsPlain.ShouldBe(page.IsDefined(typeof(ExcludeFromInteractiveRoutingAttribute), inherit: false), entry.Name);
            var forAdministrators = page.GetCustomAttributes(typeof(Microsoft.AspNetCore.Authorization.AuthorizeAttribute), inherit: true)
                .Cast<Microsoft.AspNetCore.Authorization.AuthorizeAttribute>()
                .Any(one => one.Policy == Web.SignIn.May.Administer);
            if (forAdministrators)
                entry.Needs.ShouldBe(Role.Administrator, entry.Name);
        }
    }
}
