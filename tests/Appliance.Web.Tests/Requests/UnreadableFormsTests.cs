using Appliance.Data.Revisions;
using Appliance.Web.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.Tests.Requests;

/// <summary>Only what the reading of a form threw is the sender's fault.</summary>
public sealed class UnreadableFormsTests
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData(Form)]
    [InlineData("application/json")]
    public async Task Guard_TheStoreIsLost_IsNoFormThatCannotBeRead(string type) =>
        await Should.ThrowAsync<StoreLossException>(() =>
            UnreadableForms.GuardAsync(Post(type), _ => throw new StoreLossException("Lost."))
        );

    [Fact]
    public async Task Guard_AFileOfOursFails_IsNoFormThatCannotBeRead()
    {
        await Should.ThrowAsync<IOException>(() =>
            UnreadableForms.GuardAsync(Post("application/json"), _ => throw new IOException("A disk."))
        );
        var read = Post(Form);
        await read.Request.ReadFormAsync();
        await Should.ThrowAsync<IOException>(() => UnreadableForms.GuardAsync(read, _ => throw new IOException("A disk.")));
    }

    [Fact]
    public async Task Guard_TheFormIsBroken_Is400()
    {
        var broken = Post("multipart/form-data; boundary=x");
        broken.Request.Body = new MemoryStream("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nhalf"u8.ToArray());
        await UnreadableForms.GuardAsync(broken, async context => await context.Request.ReadFormAsync());
        broken.Response.StatusCode.ShouldBe(StatusCodes.Status400BadRequest);
    }

    private static DefaultHttpContext Post(string type)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = type;
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        return context;
    }
}
